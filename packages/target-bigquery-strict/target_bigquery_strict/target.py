"""The target as Singer sees it: name, settings, messages, state, command line."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import uuid
import zlib
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import click
import fsspec
import msgspec
from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from target_bigquery_strict.check import can_load
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.given import (
    invalid_settings,
    log_refused,
    read_settings,
    unknown_settings,
    unused_project,
)
from target_bigquery_strict.jobs import Jobs
from target_bigquery_strict.output import print_state
from target_bigquery_strict.process import began, interruptible
from target_bigquery_strict.reader import MessageReader
from target_bigquery_strict.settings import SETTINGS
from target_bigquery_strict.streams import PROGRESS_SECONDS, Stream, Streams
from target_bigquery_strict.tables import Dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.singerlib.encoding.base import GenericSingerReader

    from target_bigquery_strict.reader import Message

STATE_SECONDS = 300.0
"""After this time, a STATE message causes its rows to be loaded, so that it can be printed."""
_CHECK_EVERY = 1 << 14
"""Rows between two looks at the clock."""
# Numbers keep their digits on the way through a stream map.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class TargetBigQueryStrict(Target):
    """Loads Singer streams into BigQuery: all rows that it reports as loaded, or an error."""

    name = "target-bigquery-strict"
    package_name = "singer-target-bigquery-strict"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS
    message_reader_class: type[GenericSingerReader[Any]] = MessageReader
    message_reader: MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.BATCH,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.HARD_DELETE,
    ]

    @override
    def __init__(self, **options: Any) -> None:
        level = self.logger.level
        # The SDK logs at every start that it does not read settings from variables.
        self.logger.setLevel(max(level, logging.WARNING))
        try:
            super().__init__(**options)
        finally:
            self.logger.setLevel(level)
        for name, declared in self.config_jsonschema["properties"].items():
            if "default" in declared and self._config.get(name) is None:
                self._config[name] = declared["default"]
        self._state: bytes | None = None
        self._began = self._loaded_at = self._told_at = time.monotonic()
        self._rows_read = 0

    @cached_property
    def streams(self) -> Streams:
        """The streams of the run; the first use connects to BigQuery."""
        jobs = Jobs(self.config, self.logger, run=uuid.uuid4().hex[:12])
        dataset = Dataset(jobs, self.config, self.logger)
        return Streams(self.config, dataset, jobs, self.logger)

    @cached_property
    def _unmapped(self) -> dict[str, Stream]:
        """The streams whose records are loaded as they are."""
        return {}

    @override
    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the settings of stream maps and flattening, but none that this target ignores."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Treat settings that are null as absent, and never quote a key."""
        self._config = {name: value for name, value in self._config.items() if value is not None}
        if isinstance(key := self._config.get("credentials_json"), dict):
            self._config["credentials_json"] = json.dumps(key)
        elif not isinstance(key, str | None):
            raise LoadError("credentials_json is no text. Set it to the content of a key file.")
        for name in ("project", "dataset"):
            if self._config.get(name) == "":
                del self._config[name]
        try:
            return super()._validate_config(raise_errors=raise_errors)
        except AttributeError as error:  # of the SDK's schema of stream maps
            raise LoadError(
                "The setting stream_maps is not as the SDK describes it: __else__ is null or"
                " __NULL__, and every other entry is an object or null."
            ) from error

    @override
    def _setup_signal_handlers(self) -> None:
        """Leave signals to the command: a program that embeds the target handles its own."""

    def close(self) -> None:
        """Wait for what is under way, drop rows that are waiting, and close the connections."""
        if "streams" in vars(self):
            self.streams.close()

    # Messages

    @override
    def _process_schema_message(self, message: Message) -> None:  # type: ignore[override]
        name, schema, keys = message.stream, message.schema, message.key_properties or []
        if not name or schema is None or not isinstance(schema.get("properties"), dict):
            raise LoadError(
                f"Line {self.message_reader.line} of the input is a SCHEMA without a stream or"
                " without properties. Report it to the maintainers of the tap."
            )
        known = self.mapper.stream_maps.get(name)
        if known and (known[0].raw_schema, known[0].raw_key_properties) == (schema, keys):
            return
        self._map(name, schema, keys)
        self._unmapped.pop(name, None)
        maps = self.mapper.stream_maps[name]
        for each in maps:
            if isinstance(each, RemoveRecordTransform):
                continue
            opened = self.streams.open(
                each.stream_alias,
                each.transformed_schema,
                each.transformed_key_properties or [],
                source=name,
            )
            if len(maps) == 1 and type(each) is SameRecordTransform and not each.flattening_enabled:
                self._unmapped[name] = opened

    @override
    def _process_record_message(self, message: Message) -> None:  # type: ignore[override]
        stream = self._unmapped.get(message.stream)
        if stream is not None:
            stream.add(message.record, message.time_extracted, message.version)
            if stream.is_full:
                self.streams.load([stream])
        else:
            self._add_mapped(message, message.record)
        self._rows_read += 1
        if not self._rows_read % _CHECK_EVERY:
            self._tell_progress()

    def _map(self, name: str, schema: dict[str, Any], keys: list[str]) -> None:
        try:
            self.mapper.register_raw_stream_schema(name, schema, keys)
        except Exception as error:  # the SDK raises many kinds, and so do expressions
            raise LoadError(
                f"The stream maps or the flattening of stream '{name}' do not fit its SCHEMA:"
                f" {error}. Correct stream_maps."
            ) from error

    def _add_mapped(self, message: Message, record: msgspec.Raw | bytes) -> None:
        for each in self._maps(message.stream):
            try:
                transformed = each.transform(_DECODER.decode(record))
            except Exception as error:  # of an expression; its message may quote the record
                raise LoadError(
                    f"A stream map of stream '{message.stream}' fails at a record"
                    f" ({type(error).__name__}). Nothing of the batch was loaded. Correct"
                    " stream_maps."
                ) from error
            if transformed is not None:
                stream = self.streams[each.stream_alias]
                encoded = _ENCODER.encode(transformed)
                stream.add(encoded, message.time_extracted, message.version)
                if stream.is_full:
                    self.streams.load([stream])

    def _maps(self, stream: str) -> Sequence[Any]:
        if stream not in self.mapper.stream_maps:
            _ = self.streams[stream]  # raises
        return self.mapper.stream_maps[stream]

    @override
    def _process_batch_message(self, message: Message) -> None:  # type: ignore[override]
        encoding = message.encoding or {}
        if encoding.get("format") != "jsonl" or encoding.get("compression") not in (
            None,
            "none",
            "gzip",
        ):
            raise LoadError(
                f"The files of stream '{message.stream}' are neither jsonl nor jsonl with gzip. Set"
                " batch_config.encoding of the tap to format jsonl and compression gzip."
            )
        compression = "gzip" if encoding.get("compression") == "gzip" else None
        for url in message.manifest or ():
            try:
                with fsspec.open(url, "rb", compression=compression) as lines:
                    self._add_file(message, lines)
            except (OSError, EOFError, ValueError, ImportError, zlib.error) as error:
                raise LoadError(
                    f"A file of stream '{message.stream}' cannot be read ({type(error).__name__})."
                    " Nothing of it was loaded. Check batch_config of the tap: this target must be"
                    " able to read the files, and they must have the encoding that the tap names."
                ) from error

    def _add_file(self, message: Message, lines: IO[bytes]) -> None:
        stream = self._unmapped.get(message.stream)
        if stream is None:
            for line in lines:
                if line.strip():
                    self._add_mapped(message, line)
            return
        stream.add_lines(lines)
        if stream.is_full:
            self.streams.load([stream])

    @override
    def _process_activate_version_message(self, message: Message) -> None:  # type: ignore[override]
        if message.version is None:
            return
        for each in self._maps(message.stream):
            if not isinstance(each, RemoveRecordTransform):
                self.streams[each.stream_alias].activate(message.version)

    @override
    def _process_state_message(self, message: Message) -> None:  # type: ignore[override]
        if not message.value:
            raise LoadError(
                f"Line {self.message_reader.line} of the input is a STATE without a value. Report"
                " it to the maintainers of the tap."
            )
        self._state = bytes(message.value)
        self.streams.confirm()
        if not self.streams.are_waiting:
            # A tap may say in a STATE what it is about to send. Whoever reads it after a kill knows
            # which rows may be in the tables.
            self._print_waiting_state()
        elif time.monotonic() - self._loaded_at > STATE_SECONDS:
            self._load_all()

    @override
    def process_endofpipe(self) -> None:
        """Load what is waiting, print the last STATE, and report.

        Raises:
            LoadError: Something could not be loaded, or the input had ended too early.
        """
        reader = self.message_reader
        # Only a whole input says which rows there are in the new version of a table.
        self._load_all(is_last=reader.cut_short is None and not reader.interruption)
        self.streams.report(time.monotonic() - self._began)
        if self.message_reader.cut_short is not None:
            raise self.message_reader.cut_short

    def _load_all(self, *, is_last: bool = False) -> None:
        """Load all waiting rows, and only then print the STATE that came after them."""
        self.streams.load(is_last=is_last)
        self._loaded_at = time.monotonic()
        self._print_waiting_state()

    def _print_waiting_state(self) -> None:
        if self._state is not None:
            print_state(self._state)
            self._state = None

    def _tell_progress(self) -> None:
        self.streams.check()
        if time.monotonic() - self._told_at > PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self.logger.info("Read %s rows so far.", f"{self._rows_read:,}")

    # The command

    @classmethod
    def _configured(cls, config: Any) -> TargetBigQueryStrict:
        try:
            target = cls(
                config=config.config if config else None,
                parse_env_config=bool(config and config.parse_env),
            )
        except ConfigValidationError as error:
            raise invalid_settings(error) from None
        except ValueError as error:
            raise LoadError(
                f"The settings cannot be read ({type(error).__name__}). Objects and lists in"
                " environment variables must be JSON."
            ) from error
        target._began = began()
        unknown = unknown_settings(target.config, cls.config_jsonschema["properties"])
        unused = unused_project(target.config["project"], os.environ)
        for sentence in filter(None, (unknown, unused)):
            cls.logger.warning("%s", sentence)
        return target

    @override
    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        settings: dict[str, Any] = {}
        for path in value:
            settings |= {} if path == "ENV" else read_settings(path)
        return _ConfigInput(settings, parse_env="ENV" in value)

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.params.append(
            click.Option(["--check"], is_flag=True, help="Say whether a load could succeed.")
        )
        return command

    @override
    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        check: bool = False,
        config: Any = None,
        file_input: Any = None,
    ) -> None:
        """Run from the command line.

        Raises:
            LoadError: What a user can cause.
        """
        if about:
            cls.print_about(about_format)
            return
        if check:
            sys.exit(0 if can_load(cls._configured(config).config, cls.logger) else 1)
        with interruptible() as interruption:
            target = cls._configured(config)
            target.message_reader.interruption = interruption
            try:
                # As `listen` does, without its line in the log.
                target.process_lines(file_input)
                target.process_endofpipe()
            finally:
                target.close()
        if interruption:
            cls.logger.error(
                "Interrupted by signal %s. What had been read was loaded. Run it again.",
                interruption.signal,
            )
            sys.exit(128 + (interruption.signal or 0))


def main() -> None:
    """Run the command ``target-bigquery-strict``; what a user can cause is one sentence."""
    try:
        command = TargetBigQueryStrict.cli
    except Exception as error:  # noqa: BLE001 -- logging and YAML raise many kinds
        sys.exit(log_refused(error))
    try:
        command()
    except LoadError as error:
        TargetBigQueryStrict.logger.error("%s", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
