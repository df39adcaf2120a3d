"""The tap as Singer sees it."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from typing_extensions import override

from tap_bigquery_strict.client import Warehouse
from tap_bigquery_strict.errors import ExtractError
from tap_bigquery_strict.settings import SETTINGS, wanted_tables
from tap_bigquery_strict.streams import Source, TableStream

if TYPE_CHECKING:
    import datetime as dt


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


def main() -> None:
    """Run the command; what a user can fix is one sentence."""
    try:
        TapBigQueryStrict.cli()
    except ExtractError as error:
        TapBigQueryStrict.logger.error(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
