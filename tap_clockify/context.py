"""What every reader of a run shares: settings, client, workspaces, state, audit, display."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify.clockify.client import ClockifyClient
from tap_clockify.clockify.errors import ADVICE
from tap_clockify.clockify.workspaces import Workspace, workspaces_to_extract
from tap_clockify.dates import zones
from tap_clockify.errors import ClockifyError
from tap_clockify.http.limits import RUN, BudgetSpentError, RateLimits
from tap_clockify.http.session import Answer, Session
from tap_clockify.http.workers import Workers
from tap_clockify.memory.state import RunState
from tap_clockify.output.audit import Audit
from tap_clockify.output.display import Display

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

    from tap_clockify.settings import Settings


class Notices:
    """Warnings that are given once per run.

    Attributes:
        is_budget_spent: Whether the hour's requests are used up; what has not been read yet is
            left to later runs.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Start without warnings."""
        self.is_budget_spent = False
        self._logger = logger
        self._given: set[str] = set()

    def warn_once(self, about: str, message: str) -> None:
        """Warn about something once, however many workspaces it concerns."""
        if about not in self._given:
            self._given.add(about)
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
        workspaces: The workspaces to extract.
        audit: Collects what the run did, for ``sync_runs``.
    """

    timezone: str
    workspaces: tuple[Workspace, ...]
    audit: Audit

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
    began: dt.datetime,
    tap_version: str,
    logger: logging.Logger,
    metrics_logger: logging.Logger,
) -> Run:
    """Set up a run without sending a request.

    Args:
        settings: The settings.
        state: The state that the previous run left.
        began: When the run began (UTC).
        tap_version: The version of the tap.
        logger: Where the run is logged.
        metrics_logger: Where the duration of every request is logged.

    Raises:
        ClockifyError: A newer version of the tap wrote the state.
    """
    limits = RateLimits(
        per_second=settings.requests_per_second,
        per_hour=settings.requests_per_hour,
        stop_when_spent=settings.stop_when_spent,
        logger=logger,
    )
    session = Session(
        auth_header=settings.auth_header,
        user_agent=settings.user_agent or f"tap-clockify/{tap_version}",
        limits=limits,
        advice=ADVICE,
        logger=logger,
        metrics_logger=metrics_logger,
        concurrency=settings.concurrency,
    )
    return Run(
        settings=settings,
        began=began,
        id=f"{began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
        tap_version=tap_version,
        client=ClockifyClient(settings.hosts, session),
        workers=Workers(settings.concurrency),
        state=RunState(state),
        display=Display(logger, session.usage, limits.left),
        notices=Notices(logger),
        logger=logger,
    )


def open_context(run: Run) -> RunContext:
    """Request the account's time zone and the workspaces concurrently.

    Raises:
        ClockifyError: The account's time zone is invalid, or the key cannot see the workspaces.
        BudgetSpentError: The hour's requests are already used up.
    """
    account = None
    if run.settings.timezone is None:
        account = run.workers.submit(partial(run.client.get, "/user"))
    workspaces = workspaces_to_extract(run.client, run.settings.workspace_ids)
    # From here on, even a run that fails leaves word of the requests that it has made.
    run.state.metered += [item.id for item in workspaces if item.subscription.requests_per_hour]
    timezone = run.settings.timezone or _zone_of(account.result() if account else None)
    _limit_hours(run, workspaces)
    fixed = {
        "timezone": timezone,
        "tap_version": run.tap_version,
        "import_timestamp": run.started,
    }
    audit = Audit(run.id, run.began, fixed)
    return RunContext(**vars(run), timezone=timezone, workspaces=workspaces, audit=audit)


def _zone_of(account: Answer | None) -> str:
    """Return the time zone of the account that owns the key."""
    body = account.body if account and isinstance(account.body, dict) else {}
    named = (body.get("settings") or {}).get("timeZone")
    try:
        return zones.zone(str(named)).key
    except ValueError as error:
        message = f"The account's time zone cannot be used: {error}. Set the setting timezone."
        raise ClockifyError(message) from error


def _limit_hours(run: Run, workspaces: Sequence[Workspace]) -> None:
    """Apply the workspaces' hourly limits, counting the requests of earlier runs in the hour."""
    if run.settings.requests_per_hour is not None:
        return
    limits = run.client.session.limits
    for workspace in workspaces:
        per_hour = workspace.subscription.requests_per_hour
        if per_hour is not None:
            before = run.state.spent_within_the_hour(workspace.id, run.began)
            limits.limit_hour(workspace.id, per_hour, spent=before + limits.spent[RUN])


def note_spent_requests(run: Run) -> None:
    """Record in the state the requests of this hour, for workspaces with an hourly limit."""
    spent = run.client.session.limits.spent
    for workspace_id in run.state.metered:
        count = spent[RUN] + spent[workspace_id]
        run.state.note_spent(workspace_id, dt.datetime.now(dt.UTC), count)
