"""What the taps share: one connection, the instant of the run, errors as sentences."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from functools import cached_property
from typing import Any

import requests
from simplejson import JSONDecodeError
from singer_sdk import Stream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import MappingError
from typing_extensions import override

from singer_ledger.errors import ExtractError


class LedgerTap(Tap):
    """A tap whose streams have ledgers."""

    message_writer_class = MsgSpecWriter

    @override
    def __init__(self, **options: Any) -> None:
        level = self.logger.level
        # The SDK logs at every start that it does not read settings from variables.
        self.logger.setLevel(max(level, logging.WARNING))
        try:
            super().__init__(**options)
        finally:
            self.logger.setLevel(level)
        # Metrics, such as one for every request, are only of use to somebody who looks for a cause.
        if min(self.metrics_logger.level, self.logger.getEffectiveLevel()) > logging.DEBUG:
            self.metrics_logger.setLevel(logging.WARNING)

    @cached_property
    def session(self) -> requests.Session:
        """The connections of all streams."""
        return requests.Session()

    @cached_property
    def started(self) -> dt.datetime:
        """The instant at which the run began, in UTC, in whole seconds."""
        return dt.datetime.now(dt.UTC).replace(microsecond=0)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The values of the settings that are secret."""
        properties = self.config_jsonschema["properties"]
        return frozenset(
            str(self.config[name])
            for name, declared in properties.items()
            if declared.get("secret") and self.config.get(name)
        )

    # The SDK marks the method final, but it would sort the streams by name.
    @override  # type: ignore[misc]
    def load_streams(self) -> list[Stream]:
        """List the streams in the order in which they are read."""
        return list(self.discover_streams())

    @classmethod
    def run(cls) -> None:
        """Run the command; what a user can fix is one sentence."""
        try:
            cls.cli()
        except ExtractError as error:
            cls.logger.error(str(error))  # noqa: TRY400 -- a sentence, not a traceback
        except MappingError as error:
            cls.logger.error("%s Correct the setting stream_maps.", error)  # noqa: TRY400
        except (FileNotFoundError, JSONDecodeError) as error:
            cls.logger.error(  # noqa: TRY400
                "A file that --config, --state or --catalog names cannot be used: %s. Give the path"
                " of a file that holds one JSON object.",
                error,
            )
        else:
            return
        sys.exit(1)
