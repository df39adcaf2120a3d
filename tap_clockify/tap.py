"""The tap: settings, the one way to Clockify, the workspaces, the list of streams, the run."""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
import uuid
from dataclasses import dataclass
from functools import cached_property, partial
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers._state import StateWriter
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_clockify import settings, windows
from tap_clockify.api import Answer, ClockifyAPI
from tap_clockify.audit import Audit
from tap_clockify.display import Display
from tap_clockify.errors import ClockifyError
from tap_clockify.hosts import hosts_for
from tap_clockify.limits import RUN, BudgetSpentError, RateLimits
from tap_clockify.planning import plan_run
from tap_clockify.plans import Plan, plan_of
from tap_clockify.report_passes import ReportPasses
from tap_clockify.state import RunState
from tap_clockify.streams.base import DirectoryStream
from tap_clockify.streams.directory import Clients, Projects, Users
from tap_clockify.streams.runs import SyncRuns
from tap_clockify.streams.time import Summary, TimeEntries, selected_of
from tap_clockify.touched import mark_after
from tap_clockify.workers import Workers
from tap_clockify.writing import BatchWriter

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import FrameType

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

STREAMS: tuple[type[Stream], ...] = (Clients, Projects, Summary, SyncRuns, TimeEntries, Users)

INTERIM_AFTER = dt.timedelta(minutes=3)
"""A run longer than this writes a safe STATE just before its last one: see ``_write_state``."""


@dataclass(frozen=True)
class Workspace:
    """A workspace to extract."""

    id: str
    plan: Plan


class SilentStateWriter(StateWriter):
    """Keeps the SDK from writing STATE in the middle of a run: see ``tap_clockify.state``."""

    @override
    def write_state(self, state: TapState) -> None:
        pass


class TapClockify(Tap):
    """Extracts Clockify's time tracking data so that it equals Clockify's after every run."""

    name = "tap-clockify"
    package_name = "singer-tap-clockify"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS
    message_writer_class = BatchWriter

    @override
    def __init__(self, *, config: Any = None, state: Any = None, **options: Any) -> None:
        self._began = dt.datetime.now(dt.UTC)
        self._told: set[str] = set()
        self.is_spent = False
        self._account: Future[Answer] | None = None
        self.run_id = f"{self._began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
        self.run_state = RunState(state if isinstance(state, dict) else {})
        super().__init__(config=config, state=state, **options)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self._config = settings.tidied(self._config)
        errors = super()._validate_config(raise_errors=raise_errors)
        found = [] if errors else settings.mistakes(self._config, self._began)
        if found and raise_errors:
            message = "Config validation failed: " + " ".join(found)
            raise ConfigValidationError(message, errors=found, schema=self.config_jsonschema)
        for name, declared in self.config_jsonschema["properties"].items():
            if "default" in declared:
                self._config.setdefault(name, declared["default"])
        return errors + found

    @override
    def setup_mapper(self) -> None:
        """Map the selected streams only: the SDK refuses a map for one that is deselected."""
        deselected = {name for name, stream in self.streams.items() if not stream.selected}
        maps = {
            name: mapped
            for name, mapped in (self.config.get("stream_maps") or {}).items()
            if name not in deselected
            and not (isinstance(mapped, dict) and mapped.get("__source__") in deselected)
        }
        config = {**self.config, "stream_maps": maps}
        self.mapper = PluginMapper(plugin_config=config, logger=self.logger)
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """The settings in environment variables, numbers as text: ``tidied`` reads them."""
        cls.append_builtin_config(cls.config_jsonschema)
        texts = {name: {"type": "string"} for name in settings.BOUNDS}
        properties = {**cls.config_jsonschema["properties"], **texts}
        return parse_environment_config({"properties": properties}, cls._env_var_prefix)

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(tap=self) for stream in STREAMS]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """The streams by name, the audit last: it tells of all others."""
        streams = super().streams
        streams[SyncRuns.name] = streams.pop(SyncRuns.name)
        return streams

    # What the streams share

    @cached_property
    def api(self) -> ClockifyAPI:
        """The one session of the run."""
        key = self.config.get("api_key")
        header = ("X-Api-Key", key) if key else ("X-Addon-Token", self.config["addon_token"])
        return ClockifyAPI(
            hosts_for(self.config),
            auth_header=(header[0], str(header[1])),
            user_agent=self.config.get("user_agent") or f"tap-clockify/{self.plugin_version}",
            limits=RateLimits(
                per_second=float(self.config["requests_per_second"]),
                per_hour=self.config.get("requests_per_hour"),
                stop_when_spent=self.config["when_budget_spent"] == "stop",
                logger=self.logger,
            ),
            logger=self.logger,
            metrics_logger=self.metrics_logger,
            concurrency=self.config["concurrency"],
        )

    @cached_property
    def audit(self) -> Audit:
        """What the run did, for the stream ``sync_runs``."""
        fixed = {
            "timezone": self.timezone,
            "tap_version": self.plugin_version,
            "import_timestamp": self.run_started,
        }
        return Audit(self.run_id, self._began, fixed)

    @cached_property
    def display(self) -> Display:
        """What whoever watches the run sees of it."""
        return Display(self.logger, self.api.usage, self.api.limits)

    @cached_property
    def report_passes(self) -> ReportPasses:
        """The one reading of the reports for all streams made from them."""
        return ReportPasses(self)

    @cached_property
    def workers(self) -> Workers:
        """The threads that fetch side by side."""
        return Workers(self.config["concurrency"])

    @property
    def now(self) -> dt.datetime:
        """The instant at which the run began (UTC)."""
        return self._began

    @property
    def run_started(self) -> str:
        """The value of ``import_timestamp``: when the run began (UTC)."""
        return self._began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @cached_property
    def timezone(self) -> str:
        """The IANA name of the calendar's time zone: the setting, else the account's.

        Raises:
            ClockifyError: The account's zone is not one that this machine knows.
        """
        named = self.config.get("timezone")
        if named:
            return str(named)
        answer = self._account.result() if self._account else self.api.get("/user")
        account = (answer.body.get("settings") or {}).get("timeZone")
        try:
            return windows.zone(str(account)).key
        except ValueError as error:
            message = f"The account's time zone cannot be used: {error}. Set timezone."
            raise ClockifyError(message) from error

    @cached_property
    def tz(self) -> dt.tzinfo:
        """The calendar's time zone."""
        return windows.zone(self.timezone)

    @property
    def today(self) -> dt.date:
        """The local day on which the run began."""
        return windows.local_day(self._began, self.tz)

    @property
    def exact_from(self) -> dt.date:
        """The first day that the memory holds exactly."""
        return self.today - dt.timedelta(days=self.config["lookback_days"])

    @cached_property
    def workspaces(self) -> list[Workspace]:
        """The workspaces to extract.

        Raises:
            ClockifyError: The key sees none, or not one that ``workspace_ids`` names.
        """
        try:
            visible = {str(item["id"]): item for item in self.api.get("/workspaces").body}
        except (TypeError, KeyError) as error:
            raise ClockifyError(
                "GET /workspaces: the answer is not a list of workspaces. Check that api_url leads"
                " to Clockify."
            ) from error
        wanted = self.config.get("workspace_ids") or sorted(visible)
        hidden = [item for item in wanted if item not in visible]
        if hidden or not wanted:
            named = f"the setting workspace_ids names {', '.join(hidden)}" if hidden else "none"
            message = (
                f"The key cannot see every workspace: {named}; it sees"
                f" {', '.join(sorted(visible)) or 'none'}. Correct workspace_ids, or have the"
                " key's owner added to the workspace."
            )
            raise ClockifyError(message)
        workspaces = [Workspace(item, plan_of(visible[item])) for item in dict.fromkeys(wanted)]
        if "requests_per_hour" not in self.config:
            self._limit_hours(workspaces)
        return workspaces

    def _limit_hours(self, workspaces: list[Workspace]) -> None:
        """Keep to the hourly ceilings of the plans; what earlier runs spent of the hour counts."""
        limits = self.api.limits
        for workspace in workspaces:
            per_hour = workspace.plan.requests_per_hour
            if per_hour is not None:
                before = self.run_state.spent_within_the_hour(workspace.id, self._began)
                limits.limit_hour(workspace.id, per_hour, spent=before + limits.spent[RUN])

    def workspace(self, workspace_id: str) -> Workspace:
        """Find a workspace by its id."""
        return next(item for item in self.workspaces if item.id == workspace_id)

    def interrupted_feed(self, mark: dict[str, Any] | None) -> dict[str, Any]:
        """Form what a run that fails is to note of the change feed: it may have found anything."""
        began = self._began
        after = mark_after(mark, began, read_at=began, found_old=True, first_page=None)
        return after if mark is None else {**mark, "reads": after["reads"]}

    def tell_once(self, about: str, message: str) -> None:
        """Warn of something once a run, however many workspaces it concerns."""
        if about not in self._told:
            self._told.add(about)
            self.logger.warning(message)

    # The run

    # The SDK marks the method final, but it is the one place that frames a whole run.
    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Sync all selected streams, and write the one STATE message of the run."""
        self._state_writer = SilentStateWriter(self.message_writer)
        try:
            self._begin()
            super().sync_all()
        except BudgetSpentError as error:
            # Not even the workspaces could be listed.
            self.note_spent(error)
        except BaseException:
            self.api.stop()
            self._note_requests()
            # Before the threads end: an orchestrator may not wait for an answer that hangs.
            self._write_state(self.run_state.after_failure())
            self._end(is_complete=False)
            raise
        self._end(is_complete=not self.is_spent)
        self._note_requests()
        if dt.datetime.now(dt.UTC) - self._began > INTERIM_AFTER:
            # target-bigquery prints a STATE at once if it is older than five minutes, before it
            # merges. This one is safe to print, and starts the five minutes anew.
            self._write_state(self.run_state.after_failure())
        self._write_state(self.run_state.after_success())

    def _end(self, *, is_complete: bool) -> None:
        """Let the threads end, and sum the run up."""
        self.workers.stop()
        self.display.finish(is_complete=is_complete)

    def _note_requests(self) -> None:
        """Note what is spent of the hour of workspaces that have a ceiling."""
        spent = self.api.limits.spent
        for workspace in self.__dict__.get("workspaces", ()):
            if workspace.plan.requests_per_hour is not None:
                count = spent[RUN] + spent[workspace.id]
                self.run_state.note_spent(workspace.id, dt.datetime.now(dt.UTC), count)

    def _begin(self) -> None:
        """Ask side by side for what the streams need first."""
        if "timezone" not in self.config:
            self._account = self.workers.submit(partial(self.api.get, "/user"))
        for workspace in self.workspaces[:1]:
            for stream in self.streams.values():
                if isinstance(stream, DirectoryStream) and stream.selected:
                    stream.begin(workspace)
            self.report_passes.begin(workspace, selected_of(self))

    def _write_state(self, state: dict[str, Any]) -> None:
        self.message_writer.write_message(StateMessage(value=state))

    def note_spent(self, error: BudgetSpentError) -> None:
        """Note that the budget of requests is spent: what is not read yet is left to later runs."""
        self.is_spent = True
        self.tell_once("budget", str(error))

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End as a run that failed, unlike the SDK: not everything has been read."""
        self.logger.error("Ended by signal %s before everything was read.", signum)
        sys.exit(128 + signum)

    @override
    @classmethod
    def invoke(cls, *, plan: bool = False, **options: Any) -> None:
        """Run from the command line; what a user can mend ends in a sentence, not a traceback."""
        # Rows hold no cycles: the collector would only go through the rows in hand again and again,
        # for a third of the run's CPU time.
        gc.disable()
        try:
            if plan:
                cls._show_plan(**options)
            else:
                super().invoke(**options)
        except ClockifyError as error:
            cls.logger.error("%s", error)  # noqa: TRY400
            sys.exit(1)
        finally:
            # Nor does the interpreter have to go through everything before it ends.
            gc.freeze()

    @classmethod
    def _show_plan(
        cls,
        *,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **_: Any,
    ) -> None:
        """Print which requests a run would make, having made at most three."""
        tap = cls(
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
            state=None if state is None else json.load(state),
            catalog=None if catalog is None else json.load(catalog),
        )
        print(plan_run(tap))  # noqa: T201 - the answer to --plan

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        option = click.Option(
            ["--plan"], is_flag=True, help="Print which requests a run would make, and exit."
        )
        command.params.append(option)
        return command
