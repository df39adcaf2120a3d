"""The tap as Singer sees it."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError, MappingError
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from tap_bigquery_strict.client import Warehouse
from tap_bigquery_strict.errors import ExtractError
from tap_bigquery_strict.given import JsonFile, read_object, unknown_settings
from tap_bigquery_strict.settings import SETTINGS, wanted_tables
from tap_bigquery_strict.streams import Source, TableStream

if TYPE_CHECKING:
    import datetime as dt

    import click


class TapBigQueryStrict(Tap):
    """Reads tables of BigQuery, all as of one instant."""

    name = "tap-bigquery-strict"
    package_name = "singer-tap-bigquery-strict"
    config_jsonschema = SETTINGS
    dynamic_catalog = True
    message_writer_class = MsgSpecWriter

    @cached_property
    def warehouse(self) -> Warehouse:
        """BigQuery."""
        return Warehouse.of(self.config)

    @cached_property
    def instant(self) -> dt.datetime:
        """The instant that all tables are read as of, by BigQuery's own clock."""
        (found,) = self.warehouse.query("SELECT CURRENT_TIMESTAMP() AS instant")
        instant: dt.datetime = found["instant"]
        return instant

    @override
    def discover_streams(self) -> list[TableStream]:
        """Return a stream for each table.

        Raises:
            ExtractError: A table or a column does not exist.
        """
        return [
            TableStream(
                self,
                Source.of(wanted, self.warehouse.table(wanted.name)),
                self.warehouse,
                self.instant,
            )
            for wanted in wanted_tables(self.config)
        ]

    @override
    def setup_mapper(self) -> None:
        try:
            super().setup_mapper()
        except ExtractError:
            raise
        except Exception as error:  # the SDK raises many kinds, and so do expressions
            raise ExtractError(
                f"The stream maps or the flattening do not fit the tables: {error}. Correct"
                " stream_maps."
            ) from error

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Say what is wrong in one sentence, and which settings are unknown."""
        try:
            errors = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            raise ExtractError(
                f"The settings cannot be used: {'; '.join(error.errors)}. Correct them; --about"
                " describes all settings."
            ) from None
        except AttributeError as error:  # of the SDK's schema of stream maps
            raise ExtractError(
                "The setting stream_maps is not as the SDK describes it: __else__ is null or"
                " __NULL__, and every other entry is an object or null."
            ) from error
        if unknown := unknown_settings(self.config, self.config_jsonschema["properties"]):
            self.logger.warning("%s", unknown)
        return errors

    @override
    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        settings: dict[str, Any] = {}
        for path in value:
            settings |= {} if path == "ENV" else read_object(path, "configuration")
        return _ConfigInput(settings, parse_env="ENV" in value)

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "catalog":
                option.type = JsonFile("catalog", lists="streams")
            elif option.name == "state":
                option.type = JsonFile("state")
        return command


def main() -> None:
    """Run the command; what a user can fix is one sentence."""
    try:
        command = TapBigQueryStrict.cli
    except Exception as error:  # noqa: BLE001 -- logging and YAML raise many kinds
        sys.exit(
            f"The log cannot be set up: {error}. Check the environment variables"
            " TAP_BIGQUERY_STRICT_LOGLEVEL, LOGLEVEL and SINGER_SDK_LOG_CONFIG."
        )
    try:
        command()
    except ExtractError as error:
        _fail(str(error))
    except MappingError as error:  # Its message may quote the row.
        _fail(f"A stream map fails at a row ({type(error).__name__}). Correct stream_maps.")
    except (
        OSError
    ) as error:  # Those of requests are ExtractErrors, and click ends at a closed pipe.
        # Otherwise Python would try to write the rest when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"The output cannot be written: {error.strerror}. Run it again.")


def _fail(sentence: str) -> None:
    TapBigQueryStrict.logger.error(sentence)
    sys.exit(1)


if __name__ == "__main__":
    main()
