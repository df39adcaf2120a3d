"""What every reader of a run shares: settings, client, workspaces, state, audit, display."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from clockify_client.http.limits import RUN, BudgetSpentError
from clockify_client.http.workers import Workers
from clockify_client.settings import connect

from tap_clockify.clockify.workspaces import visible_workspaces, workspaces_to_extract
from tap_clockify.dates import zones
from tap_clockify.memory.state import RunState
from tap_clockify.output.audit import Audit
from tap_clockify.output.display import Display

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from clockify_client.client import ClockifyClient

    from tap_clockify.clockify.sight import Sight
    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.settings import Settings


class Notices:
    """Warnings that are given once per run.

    Attributes:
        is_budget_spent: Whether the hour's requests are used up; what has not been read yet is
            left to later runs.
        failures: What failed while the rest of the run could be finished.
        unknown_fields: How often Clockify sent fields that no column has, by stream and name.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Start without warnings."""
        self.is_budget_spent = False
        self.failures: list[ClockifyError] = []
        self.unknown_fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._logger = logger
        self._given: set[str] = set()

    def warn_once(self, about: str, message: str) -> None:
        """Warn about something once, however many workspaces it concerns."""
        if about not in self._given:
            self._given.add(about)
            self._logger.warning(message)

    def fail(self, error: ClockifyError, about: str | None = None) -> None:
        """Record a failure of a part of the run; the run fails after the other parts.

        Args:
            error: The failure.
            about: What failed, if the error does not say.
        """
        self.failures.append(error)
        if about is not None:
            self._logger.error("%s failed; everything else is read first.", about)

    def report_unknown_fields(self, what_to_do: str) -> None:
        """Name the fields that no column has, or fail for them.

        Args:
            what_to_do: The setting ``unknown_fields``.
        """
        found = [
            f"{stream}: " + ", ".join(f"{name} ({count})" for name, count in sorted(names.items()))
            for stream, names in sorted(self.unknown_fields.items())
            if names
        ]
        if not found or what_to_do == "ignore":
            return
        message = (
            f"Clockify sent fields that no column has; {'; '.join(found)}. Each number says how"
            " often. Upgrade the tap if a newer version has the columns, or set unknown_fields to"
            " ignore."
        )
        if what_to_do == "fail":
            self.fail(ClockifyError(message))
        else:
            self._logger.warning(message)

    def budget_spent(self, error: BudgetSpentError) -> None:
        """Record that the request budget is spent, and warn."""
        self.is_budget_spent = True
        self.warn_once("budget", str(error))


@dataclass(frozen=True)
class Run:
    """A run before its first request.

    Attributes:
        began: When it began (UTC).
        id: The id of the run in ``sync_runs``.
        tap_version: The version of the tap.
    """

    settings: Settings
    began: dt.datetime
    id: str
    tap_version: str
    client: ClockifyClient
    workers: Workers
    state: RunState
    display: Display
    notices: Notices
    logger: logging.Logger

    @property
    def started(self) -> str:
        """The value of ``import_timestamp``: when the run began (UTC)."""
        return zones.timestamp(self.began)


@dataclass(frozen=True)
class RunContext(Run):
    """A run whose time zone and workspaces are known.

    Attributes:
        timezone: The IANA name of the calendar's time zone.
        owner_id: The id of the key's owner, if it was requested.
        workspaces: The workspaces to extract.
        audit: Collects what the run did, for ``sync_runs``.
        sights: What the run has found out about what the key may see, by workspace.
        reread_days: The days before the lookback window whose entries have changed, by workspace.
    """

    timezone: str
    owner_id: str | None
    workspaces: tuple[Workspace, ...]
    audit: Audit
    sights: dict[str, Sight | None] = field(default_factory=dict)
    reread_days: defaultdict[str, set[dt.date]] = field(default_factory=lambda: defaultdict(set))

    @property
    def tz(self) -> dt.tzinfo:
        """The calendar's time zone."""
        return zones.zone(self.timezone)

    @property
    def today(self) -> dt.date:
        """The local day on which the run began."""
        return zones.local_day(self.began, self.tz)

    @property
    def exact_from(self) -> dt.date:
        """The first day of the lookback window, whose rows the state remembers exactly."""
        return self.today - self.settings.lookback


def start_run(
    settings: Settings,
    state: Mapping[str, Any],
    *,
    remembered_by_id: Iterable[str],
    began: dt.datetime,
    process_began: float,
    tap_version: str,
    logger: logging.Logger,
    metrics_logger: logging.Logger,
) -> Run:
    """Set up a run without sending a request.

    Args:
        settings: The settings.
        state: The state that the previous run left.
        remembered_by_id: The streams whose objects the state remembers by their ids alone.
        began: When the run began (UTC).
        process_began: When the program began, by ``time.monotonic``.
        tap_version: The version of the tap.
        logger: Where the run is logged.
        metrics_logger: Where the duration of every request is logged.

    Raises:
        ClockifyError: A newer version of the tap wrote the state.
    """
    client = connect(
        settings.connection,
        user_agent=f"tap-clockify/{tap_version}",
        logger=logger,
        metrics_logger=metrics_logger,
    )
    run = Run(
        settings=settings,
        began=began,
        id=f"{began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
        tap_version=tap_version,
        client=client,
        workers=Workers(settings.connection.concurrency),
        state=RunState(state, remembered_by_id),
        display=Display(logger, client.usage, client.session.limits.left, process_began),
        notices=Notices(logger),
        logger=logger,
    )
    per_hour = settings.connection.requests_per_hour
    if per_hour is not None:
        run.state.metered.append(RUN)
        _limit_hour(run, RUN, per_hour)
    return run


def open_context(run: Run) -> RunContext:
    """Request the account's time zone and the workspaces concurrently.

    Raises:
        ClockifyError: The account's time zone is invalid, or the key cannot see the workspaces.
        BudgetSpentError: The hour's requests are already used up.
    """
    account = None
    if run.settings.timezone is None:
        account = run.workers.submit(partial(run.client.get, "/user"))
    visible = visible_workspaces(run.client)
    workspaces = workspaces_to_extract(visible, run.settings.workspace_ids)
    # From here on, even a run that fails leaves word of the requests that it has made.
    run.state.metered += [item.id for item in workspaces if item.subscription.requests_per_hour]
    return context_of(run, account.result().body if account else None, workspaces)


def context_of(run: Run, owner: Any, workspaces: tuple[Workspace, ...]) -> RunContext:
    """Build the context from what has been requested.

    Args:
        run: The run.
        owner: The account of the key's owner, as Clockify sends it; None if it was not requested.
        workspaces: The workspaces to extract.

    Raises:
        ClockifyError: The account's time zone is invalid.
    """
    timezone = run.settings.timezone or _zone_of(owner)
    _limit_hours(run, workspaces)
    fixed = {
        "timezone": timezone,
        "tap_version": run.tap_version,
        "import_timestamp": run.started,
    }
    audit = Audit(run.id, run.began, fixed)
    return RunContext(
        **vars(run),
        timezone=timezone,
        owner_id=owner.get("id") if isinstance(owner, dict) else None,
        workspaces=workspaces,
        audit=audit,
    )


def _zone_of(owner: Any) -> str:
    """Return the time zone of the account that owns the key."""
    body = owner if isinstance(owner, dict) else {}
    named = (body.get("settings") or {}).get("timeZone")
    try:
        return zones.zone(str(named)).key
    except ValueError as error:
        message = f"The account's time zone cannot be used: {error}. Set the setting timezone."
        raise ClockifyError(message) from error


def _limit_hours(run: Run, workspaces: Sequence[Workspace]) -> None:
    """Apply the workspaces' hourly limits, unless the setting replaces them."""
    if run.settings.connection.requests_per_hour is not None:
        return
    for workspace in workspaces:
        per_hour = workspace.subscription.requests_per_hour
        if per_hour is not None:
            _limit_hour(run, workspace.id, per_hour)


def _limit_hour(run: Run, scope: str, per_hour: int) -> None:
    """Apply an hourly limit, counting the requests of earlier runs in the hour."""
    before = run.state.spent_within_the_hour(scope, run.began)
    run.client.session.limits.limit_hour(scope, per_hour, spent=before)


def note_spent_requests(run: Run) -> None:
    """Record in the state the requests of this hour that count towards an hourly limit."""
    limits = run.client.session.limits
    made = {scope: limits.made(scope) for scope in run.state.metered}
    run.state.note_spent(dt.datetime.now(dt.UTC), made)
