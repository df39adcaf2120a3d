"""Find out whether a run could succeed: first what a run asks first, then what it may read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError, quoted
from clockify_client.http.errors import FORBIDDEN, UNAUTHORIZED, RequestError
from clockify_client.http.limits import BudgetSpentError

from tap_clockify.check.catalog import CatalogCheck
from tap_clockify.check.changes import check_feed, check_history
from tap_clockify.check.findings import Finding, answer_to, problem
from tap_clockify.clockify.sight import Sight, look
from tap_clockify.clockify.workspaces import visible_workspaces, workspaces_to_extract
from tap_clockify.context import context_of
from tap_clockify.streams.base import TimeStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import Run, RunContext
    from tap_clockify.streams.base import ClockifyStream


HOSTS = "Hosts"


class Check:
    """Finds out whether a run could succeed.

    Attributes:
        can_run: Whether nothing has been found that would make a run fail.
    """

    def __init__(
        self,
        run: Run,
        streams: Sequence[ClockifyStream],
        config: Mapping[str, Any],
        *,
        has_catalog: bool,
        has_state: bool,
    ) -> None:
        """Prepare without sending a request.

        Args:
            run: The run; its connection is hurried.
            streams: The selected streams.
            config: The configuration.
            has_catalog: Whether a catalog selected the streams.
            has_state: Whether a state was given.
        """
        self.can_run = True
        self._is_unfinished = False
        self._has_notes = False
        self._run = run
        self._client = run.client
        self._settings = run.settings
        self._streams = streams
        self._config = config
        self._has_catalog = has_catalog
        self._has_state = has_state
        self._chosen: tuple[Workspace, ...] = ()
        self._sights: dict[str, Sight | ClockifyError] = {}

    def findings(self) -> Iterator[Finding]:
        """Yield what is found as soon as it is known; the last one is the verdict.

        Raises:
            StoppedError: A signal stopped the check.
        """
        for finding in self._found():
            self.can_run &= finding.mark != "fail"
            self._is_unfinished |= finding.is_unfinished
            self._has_notes |= finding.mark == "note"
            yield finding
        yield self._requests()
        yield self._verdict()

    def _found(self) -> Iterator[Finding]:
        """Yield what is found, until something is missing that the rest depends on."""
        account = self._run.workers.submit(partial(self._client.get, "/user"))
        visible = answer_to(partial(visible_workspaces, self._client))
        about = _about(visible) if isinstance(visible, ClockifyError) else ""
        if about != HOSTS:
            yield self._hosts()
        if isinstance(visible, ClockifyError):
            yield problem(about, visible)
            return
        answer = answer_to(account.result)
        owner = None if isinstance(answer, ClockifyError) else answer.body
        yield self._key(answer, owner)
        wanted = self._settings.workspace_ids
        chosen = answer_to(partial(workspaces_to_extract, visible, wanted))
        if not isinstance(chosen, ClockifyError):
            self._chosen = chosen
            self._look(owner)
        for workspace in sorted(visible.values(), key=lambda item: item not in self._chosen):
            yield self._workspace(workspace)
        if isinstance(chosen, ClockifyError):
            yield problem("Workspaces", chosen)
        elif owner is not None or self._settings.timezone is not None:
            context = answer_to(partial(context_of, self._run, owner, chosen))
            if isinstance(context, ClockifyError):
                yield problem("Time zone", context)
            else:
                yield from self._readable(context)

    def _hosts(self) -> Finding:
        hosts = self._settings.connection.hosts
        is_given = bool(self._config.get("api_url"))
        origin = "setting api_url" if is_given else f"region {self._config['region']}"
        text = f"{hosts.core} ({origin}), reports {hosts.reports}, audit log {hosts.audit_log}."
        return Finding("ok", HOSTS, text)

    def _key(self, answer: object, owner: Any) -> Finding:
        if isinstance(answer, ClockifyError):
            found = problem("Key", answer)
            # Only the time zone of the account is needed.
            is_needed = self._settings.timezone is None
            return found if is_needed else Finding("note", "Key", found.text)
        kind = "API key" if self._config.get("api_key") else "add-on token"
        return Finding("ok", "Key", f"the {kind} is that of user {_id_of(owner) or 'unknown'}.")

    def _look(self, owner: Any) -> None:
        """Request what the key's owner may see of each workspace."""
        owner_id = _id_of(owner)
        if owner_id is None:
            return
        tasks = [
            partial(answer_to, partial(look, self._client, workspace.id, owner_id))
            for workspace in self._chosen
        ]
        for workspace, found in zip(self._chosen, self._run.workers.in_order(tasks), strict=True):
            self._sights[workspace.id] = found

    def _workspace(self, workspace: Workspace) -> Finding:
        about = f"Workspace {quoted(str(workspace.body.get('name') or ''))} ({workspace.id})"
        plan = f"plan {workspace.subscription.name}"
        if workspace not in self._chosen:
            return Finding("ok", about, f"{plan}, not selected.")
        sight = self._sights.get(workspace.id)
        if not isinstance(sight, Sight) or sight.roles is None:
            return Finding("note", about, f"{plan}, selected. The role of the key is unknown.")
        role = " and ".join(sight.roles) or "MEMBER"
        text = f"{plan}, selected, role {role}."
        if sight.sees_all:
            return Finding("ok", about, text)
        advice = "A run reads only the time that this role sees: use an owner's or admin's key."
        return Finding("note", about, f"{text} {advice}")

    def _readable(self, context: RunContext) -> Iterator[Finding]:
        is_set = self._settings.timezone is not None
        origin = "the setting timezone" if is_set else "the account of the key's owner"
        yield Finding("ok", "Time zone", f"{context.timezone}, from {origin}.")
        time_streams = [stream for stream in self._streams if isinstance(stream, TimeStream)]
        if time_streams:
            yield from check_feed(context)
            yield from check_history(context, time_streams)
        by = "the catalog" if self._has_catalog else "default, since no catalog was given"
        yield from CatalogCheck(context, self._streams, self._sights).findings(by)

    def _requests(self) -> Finding:
        limits = self._client.session.limits
        text = f"this check made {self._client.usage.requests}."
        limited = [
            f"{limits.left(item.id)} of {self._per_hour(item)} in workspace {item.id}"
            for item in self._chosen
            if limits.left(item.id) is not None
        ]
        if limited:
            text += f" Left in this hour: {', '.join(limited)}"
            text += "." if self._has_state else ". No state tells what earlier runs made."
        return Finding("ok", "Requests", text)

    def _per_hour(self, workspace: Workspace) -> int | None:
        given = self._settings.connection.requests_per_hour
        return given or workspace.subscription.requests_per_hour

    def _verdict(self) -> Finding:
        if not self.can_run:
            text = "a run could not succeed. Each line marked fail says why, and what to do."
            return Finding("fail", "Verdict", text)
        if self._is_unfinished:
            text = "nothing that was checked would make a run fail. Check the rest in an hour."
            return Finding("note", "Verdict", text)
        restricted = ", except for what the lines marked note say" if self._has_notes else ""
        return Finding("ok", "Verdict", f"a run could succeed{restricted}.")


def _about(error: ClockifyError) -> str:
    """Say what is wrong if not even the workspaces can be listed."""
    if isinstance(error, BudgetSpentError):
        return "Workspaces"
    status = error.status if isinstance(error, RequestError) else None
    return {UNAUTHORIZED: "Key", FORBIDDEN: "Key"}.get(status or 0, HOSTS)


def _id_of(owner: Any) -> str | None:
    found = owner.get("id") if isinstance(owner, dict) else None
    return str(found) if found else None
