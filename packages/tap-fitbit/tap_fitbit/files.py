"""Which requests a run made, and where their answers are kept if that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_ledger.stream import DELETED_AT, Row
from typing_extensions import override

from tap_fitbit.client import HealthStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_ledger.stream import Reading
    from singer_sdk.helpers.types import Context, Record

SOURCE = "google-health"


class FilesProcessed(HealthStream):
    """A row for each kind of request of a run. It is read last."""

    name = "files_processed"
    primary_keys = ("user_id", "api_endpoint", "processed_date")

    @override
    def read(self, memory: Row) -> Reading:
        raise NotImplementedError

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for name, kept in self.shared.archive.kept.items():
            yield {
                "user_id": self.user_id,
                "date": self.today.isoformat(),
                "processed_date": self.processed,
                "api_endpoint": name,
                "data_source": SOURCE,
                "file_processed": kept.files or kept.request,
                DELETED_AT: None,
            }
