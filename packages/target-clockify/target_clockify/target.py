"""The target as Singer sees it: name, settings, messages, state, command line."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, ClassVar

from clockify_client.errors import ClockifyError, without_secrets
from clockify_client.settings import connect, from_environment
from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from target_clockify import settings
from target_clockify.advice import ADVICE
from target_clockify.errors import UnfitInputError
from target_clockify.reader import MessageReader
from target_clockify.report import print_summary
from target_clockify.run import Run
from target_clockify.settings import Settings
from target_clockify.sources import Input, missing_columns

if TYPE_CHECKING:
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

SECRETS = ("api_key", "addon_token")


class TargetClockify(Target):
    """Keeps the time of one workspace equal to a selection of another's."""

    name = "target-clockify"
    package_name = "singer-target-clockify"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS
    message_reader_class = MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
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
        self.read = Input()
        self._run: Run | None = None
        self._state: Any = None
        self._rows_since_state = 0

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self._config = settings.tidied(self._config)
        found = super()._validate_config(raise_errors=False) or settings.mistakes(self._config)
        secrets = [str(self._config[name]) for name in SECRETS if self._config.get(name)]
        found = [without_secrets(each, secrets) for each in found]
        if found and raise_errors:
            message = f"Config validation failed: {' '.join(found)}"
            raise ConfigValidationError(message, errors=found, schema=self.config_jsonschema)
        for name, declared in self.config_jsonschema["properties"].items():
            if "default" in declared:
                self._config.setdefault(name, declared["default"])
        return found

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Settings from environment variables, with everything as text for ``tidied`` to parse."""
        names = settings.SETTINGS["properties"]
        texts = [name for name, each in names.items() if "boolean" not in each["type"]]
        return from_environment(cls.config_jsonschema, cls._env_var_prefix, texts)

    @override
    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the settings of stream maps, but none that this target ignores."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def _setup_signal_handlers(self) -> None:
        """Leave signals to the command: the SDK's handler would print a STATE."""

    # Messages. Nothing is written while input comes, since half an input looks like a whole one.

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        name, schema = message_dict["stream"], message_dict["schema"]
        self.mapper.register_raw_stream_schema(
            name, schema, message_dict.get("key_properties") or []
        )
        for each in self.mapper.stream_maps[name]:
            lacking = missing_columns(each.stream_alias, each.transformed_schema)
            if lacking:
                raise UnfitInputError(
                    f"Columns of the stream {each.stream_alias} are missing: {', '.join(lacking)}."
                    " Nothing was written. Let the tap send them, and no stream map remove them."
                )

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        name = message_dict["stream"]
        if name not in self.mapper.stream_maps:
            raise UnfitInputError(
                f"A row of the stream {name} came before its SCHEMA, so nothing was written. Report"
                " it to the maintainers of the tap."
            )
        for each in self.mapper.stream_maps[name]:
            record = each.transform(dict(message_dict["record"]))
            if record is not None:
                wanted = self.config.get("source_workspace_id")
                self.read.add(each.stream_alias, record, wanted)
        self._rows_since_state += 1

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self._state = message_dict["value"]
        self._rows_since_state = 0

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        raise UnfitInputError(
            "The tap sends files instead of rows, which this target does not read. Remove"
            " batch_config from the tap's settings."
        )

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Ignore it: only tombstones delete."""

    def check_input(self) -> None:
        """Check that the input was not cut short.

        Raises:
            UnfitInputError: It was.
        """
        if self._state is None or self._rows_since_state:
            raise UnfitInputError(
                "The input ended without a STATE message after its rows, as if the tap had died, so"
                " nothing was written. See the tap's messages above, and run it again."
            )

    @override
    def process_endofpipe(self) -> None:
        """Make the destination equal to the selection, and pass on the STATE.

        Raises:
            ClockifyError: The run cannot continue, or entries could not be written.
        """
        self.check_input()
        run = self._run = self.new_run()
        try:
            outcome = run.carry_out()
        except ClockifyError:
            if run.mirror is not None:
                print_summary(run.summary())
            raise
        print_summary(outcome.summary)
        if outcome.keeps_state:
            print(json.dumps(self._state), flush=True)  # noqa: T201 - the answer to the tap
        if outcome.failure:
            raise ClockifyError(outcome.failure)

    def new_run(self) -> Run:
        """Set up a run with what was read; no request is sent."""
        chosen = Settings.from_config(self.config)
        client = connect(
            chosen.connection,
            user_agent=f"target-clockify/{self.plugin_version}",
            logger=self.logger,
            metrics_logger=self.metrics_logger,
            advice=ADVICE,
        )
        return Run(chosen, client, self.read, self.logger)

    def stop(self, signum: int) -> None:
        """Write nothing more; called in another thread when a signal arrives.

        Before the input has ended, nothing was written and the main thread waits for a line, so
        the process ends at once.
        """
        if self._run is not None:
            self._run.stop()
            return
        os.write(2, b"Interrupted before the input ended: nothing was written. Run it again.\n")
        os._exit(128 + signum)
