"""The tap as Singer sees it: name, settings, catalog, command line."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from clockify_client.errors import without_secrets
from clockify_client.http.limits import BudgetSpentError
from clockify_client.settings import from_environment
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Schema
from typing_extensions import override

from tap_clockify import settings
from tap_clockify.check.checking import Check
from tap_clockify.context import Run, RunContext, open_context, start_run
from tap_clockify.files import check_files
from tap_clockify.lists.field_columns import find_field_columns, known_field_columns
from tap_clockify.output.writer import Relay, Writer
from tap_clockify.preview import plan_run
from tap_clockify.process import began as process_began
from tap_clockify.process import command_process, interruption
from tap_clockify.streams import STREAMS
from tap_clockify.streams.base import ListStream
from tap_clockify.sync import sync

if TYPE_CHECKING:
    from singer_sdk import Stream
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter

    from tap_clockify.records.custom_fields import FieldColumns
    from tap_clockify.streams.base import ClockifyStream

KEYS = ("api_key", "addon_token")


class TapClockify(Tap):
    """Extracts Clockify's time tracking data, so that tables match Clockify after every run."""

    name = "tap-clockify"
    package_name = "singer-tap-clockify"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS
    message_writer_class: type[GenericSingerWriter[Any, Any]] = Writer

    @override
    def __init__(
        self,
        *,
        config: Any = None,
        state: Any = None,
        message_writer: GenericSingerWriter[Any, Any] | None = None,
        is_checked: bool = False,
        **options: Any,
    ) -> None:
        self._is_checked = is_checked
        self._began = dt.datetime.now(dt.UTC)
        self._process_began = process_began()
        self._given_state = state if isinstance(state, dict) else {}
        given = self.message_writer_class() if message_writer is None else message_writer
        self._writer = given if isinstance(given, Writer) else Relay(given)
        self._interruption = interruption()
        self._writer.ends_when(self._interruption)
        level = self.logger.level
        # The SDK logs at every start that it does not read settings from variables.
        self.logger.setLevel(max(level, logging.WARNING))
        try:
            super().__init__(config=config, state=state, message_writer=self._writer, **options)
        finally:
            self.logger.setLevel(level)
        # Metrics, such as one for every request, are only of use to somebody who looks for a cause.
        if min(self.metrics_logger.level, self.logger.getEffectiveLevel()) > logging.DEBUG:
            self.metrics_logger.setLevel(logging.WARNING)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self._config = settings.tidied(self._config)
        found = self._schema_errors() or settings.mistakes(self._config, self._began)
        if found and raise_errors:
            message = "Config validation failed: " + " ".join(found)
            raise ConfigValidationError(message, errors=found, schema=self.config_jsonschema)
        declared = self.config_jsonschema["properties"]
        if raise_errors:  # not at --discover, which Meltano runs before each run
            unused = settings.unused_key(self._config, os.environ)
            for sentence in settings.unknown_settings(self._config, declared):
                self.logger.warning(sentence)
            if unused:
                self.logger.warning(unused)
        for name, setting in declared.items():
            if "default" in setting:
                self._config.setdefault(name, setting["default"])
        return found

    def _schema_errors(self) -> list[str]:
        """Describe what contradicts the declaration of the settings, without quoting a key."""
        try:
            super()._validate_config(raise_errors=True)  # otherwise, it logs what it finds
        except ConfigValidationError as error:
            keys = [str(self._config[name]) for name in KEYS if self._config.get(name)]
            return [without_secrets(str(each), keys) for each in error.errors]
        except AttributeError:  # of the SDK's own schema of stream maps
            return [
                "stream_maps: __else__ must be null or __NULL__, and every other entry an object,"
                " null or __NULL__."
            ]
        return []

    @override
    def setup_mapper(self) -> None:
        """Map the selected streams only: the SDK rejects a map for a deselected stream.

        Raises:
            ConfigValidationError: A stream does not exist that ``stream_maps`` names.
        """
        given = self.config.get("stream_maps") or {}
        if found := settings.stream_map_mistakes(given, self.streams):
            message = "Config validation failed: " + " ".join(found)
            raise ConfigValidationError(message, errors=found, schema=self.config_jsonschema)
        deselected = {name for name, stream in self.streams.items() if not stream.selected}
        maps = {
            name: mapped
            for name, mapped in given.items()
            if name not in deselected
            and not (isinstance(mapped, dict) and mapped.get("__source__") in deselected)
        }
        self._add_field_columns()
        config = {**self.config, "stream_maps": maps}
        self.mapper = PluginMapper(plugin_config=config, logger=self.logger)
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    def _add_field_columns(self) -> None:
        """Let the catalog have the columns of the custom fields as they are now.

        An older catalog lacks those of new fields. One that was made without the state has other
        names for fields that have been renamed.
        """
        streams: dict[str, Any] = self.streams
        for name, stream in streams.items():
            entry = self.catalog.get_stream(name)
            if stream.selected and stream.fields is not None and entry is not None:
                columns = {
                    column: declared
                    for column, declared in (entry.schema.properties or {}).items()
                    if not column.startswith("cf_") or column in stream.fields.schema
                }
                for column, declared in stream.fields.schema.items():
                    columns.setdefault(column, Schema.from_dict(declared))
                entry.schema.properties = columns

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Settings from environment variables, with numbers as text for ``tidied`` to parse."""
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(cls.config_jsonschema, cls._env_var_prefix, settings.BOUNDS)

    @override
    def _setup_signal_handlers(self) -> None:
        """Leave signals to the command: a program that embeds the tap handles its own."""

    # The catalog

    @override
    def discover_streams(self) -> list[ClockifyStream]:
        # No refusal of custom fields makes a run fail, so a check does not request them.
        wants_fields = self.config.get("custom_field_columns") and not self._is_checked
        find_fields = (lambda: self.field_columns) if wants_fields else None
        return [stream(self, lambda: self.context, find_fields) for stream in STREAMS]

    # The SDK marks the method final, but it would sort the streams by name.
    @override  # type: ignore[misc]
    def load_streams(self) -> list[Stream]:
        """List the streams in the order in which they are written."""
        return list(self.discover_streams())

    # The run

    @cached_property
    def run(self) -> Run:
        """The run before its first request."""
        run = start_run(
            settings.Settings.from_config(self.config, is_hurried=self._is_checked),
            self._given_state,
            remembered_by_id=self._remembered_by_id,
            began=self._began,
            process_began=self._process_began,
            tap_version=self.plugin_version,
            logger=self.logger,
            metrics_logger=self.metrics_logger,
        )
        self._interruption.also_stops(run.client.session.stop)
        return run

    @property
    def _remembered_by_id(self) -> list[str]:
        """The streams whose objects the state remembers by their ids alone, selected or not."""
        streams: dict[str, Any] = self.streams
        return [
            name
            for name, stream in streams.items()
            if isinstance(stream, ListStream) and not stream.identity
        ]

    @cached_property
    def context(self) -> RunContext:
        """What every reader of the run needs; building it takes the run's first two requests."""
        return open_context(self.run)

    @cached_property
    def field_columns(self) -> FieldColumns:
        """The columns of custom fields; finding them takes a request per workspace."""
        try:
            return find_field_columns(self.context)
        except BudgetSpentError:
            # The run will say so; meanwhile, the columns are those that are known.
            return known_field_columns(self.run.state)

    # The SDK marks the method final, but no other method spans the whole run.
    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Sync all selected streams, and write the run's STATE message."""
        deselected = [name for name, stream in self.streams.items() if not stream.selected]
        self.logger.debug("Not selected: %s.", ", ".join(deselected) or "none")
        sync(self.run, lambda: self.context, self._selected, self._writer)

    @property
    def _selected(self) -> list[ClockifyStream]:
        streams: dict[str, Any] = self.streams
        return [stream for stream in streams.values() if stream.selected]

    # The command

    @override
    @classmethod
    def invoke(
        cls, *, plan: bool = False, check: bool = False, test: str | None = None, **options: Any
    ) -> None:
        """Run from the command line; errors that a user can fix are logged without a traceback."""
        is_check = check or test is not None
        with command_process(cls.logger):
            if plan or is_check:
                cls._show_answer(check=is_check, **options)
            else:
                super().invoke(**options)

    @classmethod
    def _show_answer(
        cls,
        *,
        check: bool,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **_: Any,
    ) -> None:
        """Print whether a run could succeed, or the requests that it would make."""
        tap = cls(
            is_checked=check,
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
            state=None if state is None else json.load(state),
            catalog=None if catalog is None else json.load(catalog),
        )
        run = tap.run
        can_run = True
        try:
            if check:
                can_run = tap._print_check(has_catalog=catalog is not None)
            else:
                print(plan_run(tap.context, tap._selected))  # noqa: T201 - the answer to --plan
        finally:
            # A request may be under way: the process must not wait for it after an error.
            run.client.session.stop()
            run.workers.stop()
            run.client.session.close()
        if not can_run:
            sys.exit(1)

    def _print_check(self, *, has_catalog: bool) -> bool:
        check = Check(
            self.run,
            self._selected,
            self.config,
            has_catalog=has_catalog,
            has_state=bool(self._given_state),
        )
        for finding in check.findings():
            print(finding, flush=True)  # noqa: T201 - the answer to --check
        return check.can_run

    @override
    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """Discover; with ``custom_field_columns``, that takes requests, which may fail."""
        with command_process(cls.logger):
            super().cb_discover(ctx, param, value)

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        # The SDK's own --test ends with a traceback if it cannot read something.
        command.params = [param for param in command.params if param.name != "test"]
        command.params += [
            click.Option(
                ["--plan"], is_flag=True, help="Print the requests that a run would make, and exit."
            ),
            click.Option(
                ["--check"], is_flag=True, help="Print whether a run could succeed, and exit."
            ),
            click.Option(
                ["--test"],
                is_flag=False,
                flag_value="all",
                help="The same as --check, whatever the value.",
            ),
        ]
        check_files(command.params)
        return command
