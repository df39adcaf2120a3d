"""One run: open the ledger, look, guard, converge, and sum up."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_client.errors import quoted
from clockify_client.http.limits import RUN, BudgetSpentError
from clockify_client.http.workers import Workers

from target_clockify.converge import Mirror
from target_clockify.directory import Directory
from target_clockify.entries import Entries
from target_clockify.errors import GuardError, LedgerError, UnfitInputError
from target_clockify.ledger import Ledger, dump
from target_clockify.making import Maker
from target_clockify.observing import Observer
from target_clockify.report import Describer, Summary, write_plan
from target_clockify.storage import Storage
from target_clockify.writing import Writer

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection

    from clockify_client.client import ClockifyClient

    from target_clockify.settings import Settings
    from target_clockify.sources import Input


MOST_REASONS = 5
"""Reasons that a message names."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        summary: The result.
        keeps_state: Whether the STATE of the tap may be passed on, since no row is needed again.
        failure: Why the run fails although it has finished; empty if it does not.
    """

    summary: Summary
    keeps_state: bool
    failure: str = ""


def source_of(settings: Settings, read: Input) -> str:
    """Return the workspace whose entries are copied; empty if the input has no row.

    Raises:
        UnfitInputError: There are several, or it is the destination.
    """
    found = settings.source_workspace_id or ""
    if not found:
        if len(read.workspaces) > 1:
            raise UnfitInputError(
                f"The input has rows of {len(read.workspaces)} workspaces"
                f" ({', '.join(sorted(read.workspaces))}), so nothing was written. Set"
                " source_workspace_id to the one that is to be copied."
            )
        found = next(iter(read.workspaces), "")
    elif read.tracked and found not in read.tracked:
        raise UnfitInputError(
            f"The input has time of {', '.join(sorted(read.tracked))} and none of"
            f" {quoted(found)}, so nothing was written. Correct source_workspace_id or the"
            " workspace of the tap."
        )
    if found == settings.workspace_id:
        raise UnfitInputError(
            f"The source and the destination are the same workspace, {quoted(found)}, so nothing"
            " was written. Correct workspace_id or the workspace of the tap."
        )
    return found


class Run:
    """Carries a run out.

    Attributes:
        mirror: What compares and writes; None before the ledger was opened.
    """

    def __init__(
        self, settings: Settings, client: ClockifyClient, read: Input, logger: logging.Logger
    ) -> None:
        """Set up a run without a request."""
        self._settings = settings
        self._client = client
        self._read = read
        self._logger = logger
        self._workers = Workers(settings.connection.concurrency)
        self._directory = Directory(client, settings.workspace_id)
        self._storage = None if settings.ledger_field else Storage(settings.ledger)
        self.mirror: Mirror | None = None

    def carry_out(self) -> Outcome:
        """Make the destination equal to the selection, or show what would be done.

        Raises:
            RequestError, ClockifyError: The run cannot continue.
        """
        source = source_of(self._settings, self._read)
        lock = None
        if self._storage is not None and not self._settings.dry_run:
            if not self._storage.exists():
                self._storage.read()  # raises, before a lock would create the folder
            lock = self._storage.lock()
        try:
            self.mirror = self._opened(self._ledger(source))
            self.mirror.look()
            return self._carried_out(self.mirror)
        except BudgetSpentError as error:
            self._logger.warning("%s", error)
            return Outcome(Summary(), keeps_state=False)
        finally:
            self._close()
            if lock is not None:
                lock.release()

    def stop(self) -> None:
        """Send nothing more; the ledger is saved, and the run fails."""
        self._client.session.stop()

    def summary(self) -> Summary:
        """Return the result of the run, whether it has finished or not."""
        return self._summary(self.mirror) if self.mirror else Summary()

    def start_ledger(self) -> Outcome:
        """Show what the first run would do, and write the first ledger.

        Raises:
            LedgerError: There is a ledger already.
            RequestError, ClockifyError: The destination cannot be read.
        """
        storage = self._storage
        if storage is None:
            raise LedgerError("With ledger_field, there is no ledger to be written: run the sync.")
        if storage.exists():
            raise LedgerError(
                f"There is a ledger at {storage.url} already, so it was left alone."
                " Remove it only if its copies are to be forgotten."
            )
        source = source_of(self._settings, self._read)
        try:
            self.mirror = self._opened(self._new_ledger(source))
            self.mirror.look()
            self._show(self.mirror, is_asked_for=True)
            if not self._settings.dry_run:
                storage.write(self._new_ledger(source))
            return Outcome(self._summary(self.mirror, is_planned=True), keeps_state=False)
        finally:
            self._close()

    def _close(self) -> None:
        self._workers.stop()
        self._client.session.close()

    def _ledger(self, source: str) -> Ledger:
        storage = self._storage
        if storage is None or (self._settings.dry_run and not storage.exists()):
            return self._new_ledger(source)
        ledger = storage.read()
        here = (ledger.source or source, ledger.destination)
        if here != (source or ledger.source, self._settings.workspace_id):
            raise LedgerError(
                f"The ledger {storage.url} is of the workspaces {ledger.source} and"
                f" {ledger.destination}, not of {source} and {self._settings.workspace_id}, so"
                " nothing was written. Set ledger to another place for each pair of workspaces."
            )
        ledger.source = source or ledger.source
        return ledger

    def _new_ledger(self, source: str) -> Ledger:
        return Ledger(destination=self._settings.workspace_id, source=source)

    def _copies_in(self, workspace_id: str) -> Collection[str]:
        """Return copies that other syncs made in a workspace, as ledgers in the folder say.

        At the source, they have no copy, so that none goes round in circles. At the destination,
        they are not taken for copies of this sync.
        """
        if self._storage is None or not workspace_id:
            return ()
        others = self._others
        return {
            copy
            for ledger in others
            if ledger.destination == workspace_id
            for copy in ledger.own_ids()
        }

    @cached_property
    def _others(self) -> list[Ledger]:
        return list(self._storage.others()) if self._storage is not None else []

    @property
    def _source(self) -> str:
        return self._settings.source_workspace_id or next(iter(self._read.workspaces), "")

    def _opened(self, ledger: Ledger) -> Mirror:
        settings, directory, client = self._settings, self._directory, self._client
        kept = dump(ledger)
        self._limit_hour()
        entries = Entries(client, settings.workspace_id, directory.owner_id)
        maker = Maker(client, settings, directory, ledger, self._logger)
        writer = Writer(entries, self._workers, ledger, settings.kept)
        observer = Observer(
            settings,
            directory,
            entries,
            ledger,
            self._read,
            writer.written,
            maker.failed,
            self._copies_in(self._source),
            self._copies_in(self._settings.workspace_id),
        )
        mirror = Mirror(
            settings,
            directory,
            ledger,
            observer,
            maker,
            writer,
            keep=self._keep,
            wait=client.session.limits.wait,
            logger=self._logger,
            kept=kept,
        )
        writer.save, writer.day = mirror.save, observer.day
        if self._storage is not None:
            writer.note = self._storage.note
        return mirror

    def _limit_hour(self) -> None:
        """Apply the limit of the settings, or of the workspace's plan, to this run.

        What others have spent in the hour is not known; then Clockify answers with status 429.
        """
        per_hour = self._settings.connection.requests_per_hour
        if per_hour is None:
            per_hour = self._directory.subscription.requests_per_hour
        if per_hour is not None:
            # A run writes to one workspace, so all its requests count.
            self._client.session.limits.limit_hour(RUN, per_hour)

    def _keep(self, ledger: Ledger) -> None:
        if self._storage is not None:
            self._storage.write(ledger)

    def _carried_out(self, mirror: Mirror) -> Outcome:
        if self._settings.dry_run or self._settings.plan_file:
            self._show(mirror, is_asked_for=self._settings.dry_run)
        if self._settings.dry_run:
            try:
                mirror.guard()
            except GuardError as error:
                self._logger.warning("A real run would fail: %s", error)
            return Outcome(self._summary(mirror, is_planned=True), keeps_state=False)
        mirror.guard()
        mirror.converge()
        summary = self._summary(mirror)
        plan = mirror.observer.plan
        if kept := plan.examples("keep"):
            self._logger.warning(
                "%s copies differ and stay so, since on_conflict is keep: %s.",
                summary.kept,
                "; ".join(kept[:MOST_REASONS]),
            )
        reasons = [*plan.examples("reject"), *sorted(set(mirror.observer.wanted.objects_rejected))]
        failure = self._failure(summary, "; ".join(reasons[:MOST_REASONS]))
        return Outcome(summary, self._keeps_state(summary), failure)

    def _keeps_state(self, summary: Summary) -> bool:
        """Return whether later runs need the rows of this one no more: the ledger has them."""
        return self._storage is not None or not (summary.rejected or summary.left)

    def _failure(self, summary: Summary, reasons: str) -> str:
        if summary.left and not self._settings.connection.stop_when_spent:
            return (
                f"{summary.left} entries are left to the next run, since Clockify accepts no more"
                " requests for now. Run it again in an hour."
            )
        if not summary.rejected:
            return ""
        message = (
            f"{summary.rejected} entries or objects could not be written: {reasons}. They are tried"
            " again at the next run."
        )
        if self._settings.on_rejected == "warn":
            self._logger.warning("%s", message)
            return ""
        return f"{message} Set on_rejected to warn if that is no failure."

    def _show(self, mirror: Mirror, *, is_asked_for: bool) -> None:
        """Write the plan; the log gets it only if somebody asked for it, since it has names."""
        observer = mirror.observer
        zone = str((self._directory.owner.get("settings") or {}).get("timeZone") or "UTC")
        try:
            describer = Describer(observer.sources, ZoneInfo(zone))
        except (KeyError, ValueError):
            describer = Describer(observer.sources, ZoneInfo("UTC"))
        what = observer.plan, observer.wanted.makes, observer.wanted.renames
        if self._settings.plan_file:
            try:
                write_plan(self._settings.plan_file, describer.records(*what))
            except OSError as error:
                raise GuardError(
                    f"The file of plan_file cannot be written ({type(error).__name__}), so nothing"
                    " else was written. Correct plan_file."
                ) from None
        if is_asked_for:
            found = describer.found(observer.adopted, observer.unexplained)
            for line in (*found, *describer.lines(*what)):
                print(line, file=sys.stderr)  # noqa: T201 - stdout is for STATE

    def _summary(self, mirror: Mirror, *, is_planned: bool = False) -> Summary:
        observer, plan = mirror.observer, mirror.observer.plan
        counts = mirror.writer.written.counts.copy()
        if is_planned:
            counts.update(f"{step.action}d" for step in plan.writes)
        for step in plan.ignored:
            counts[f"{step.action}d"] -= mirror.writer.written.tries[step.name]
        counts["adopted"] = len(observer.adopted)
        reasons = plan.reasons
        reasons.update(observer.wanted.objects_rejected)
        return Summary(
            counts=counts,
            unchanged=mirror.unchanged,
            kept=len(plan.of("keep")),
            reasons=reasons,
            left=mirror.left,
            orphans=self._orphans(mirror) + len(observer.silent),
            skipped=len(observer.wanted.skipped),
            made=len(observer.wanted.makes) if is_planned else mirror.maker.made,
            renamed=len(observer.wanted.renames) if is_planned else mirror.maker.renamed,
            ignored=self._read.ignored,
            requests=self._client.usage.requests,
            is_equal=not (mirror.has_work or plan.ignored or observer.silent)
            and (mirror.is_proven or is_planned),
        )

    def _orphans(self, mirror: Mirror) -> int:
        """Count copies whose entry the input should have, since it has others of the same day."""
        entries = self._read.entries
        days = {entry.day for entry in entries.values() if entry.day}
        if silent := sorted(mirror.observer.silent):
            self._logger.warning(
                "An interrupted run wrote %s entries that the tap does not mention any more: they"
                " may have been deleted or restored at the source meanwhile. Compare them by hand,"
                " or edit them at the source, so that the tap sends them: %s.",
                len(silent),
                ", ".join(silent[:5]),
            )
        found = sum(
            bool(mark.copy)
            and mark.day in days
            and key not in entries
            and key not in self._read.gone
            and key not in mirror.observer.silent
            for key, mark in mirror.ledger.marks.items()
        )
        if found:
            self._logger.warning(
                "%s copies have an entry that the input lacks although it has others of the same"
                " day. They were left alone: only a tombstone deletes a copy. If the tap ran with"
                " --full-refresh, delete them by hand.",
                found,
            )
        return found
