"""`FOR SYSTEM_TIME AS OF` on the local BigQuery, which keeps old rows of tables for a minute.

BigQuery keeps seven days. The emulator would too, but it copies the whole table at each change, so
it is told to drop the copies soon, and then refuses every instant. Here it answers whenever it
knows the answer: from a copy that is still there, or from the table, if that has not changed since.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bqemulator.domain.errors import OutOfRangeError

if TYPE_CHECKING:
    from bqemulator.catalog.models import SnapshotMeta
    from bqemulator.catalog.repository import CatalogRepository
    from bqemulator.versioning.snapshots import SnapshotManager

Name = tuple[str, str, str]


class TimeTravel:
    """Takes the place of two methods of one emulator's snapshots."""

    def __init__(self, snapshots: SnapshotManager, catalog: CatalogRepository) -> None:
        """Remember the changes from now on."""
        self._record = snapshots.record_change
        self._catalog = catalog
        self._began = _now()
        self._changed: dict[Name, dt.datetime] = {}
        snapshots.record_change = self.record_change  # type: ignore[method-assign]
        snapshots.resolve_time_travel = self.resolve_time_travel  # type: ignore[method-assign]

    def record_change(self, project_id: str, dataset_id: str, table_id: str) -> SnapshotMeta | None:
        """Note when a table changed, and let the emulator copy it."""
        made: SnapshotMeta | None = self._record(project_id, dataset_id, table_id)
        self._changed[project_id, dataset_id, table_id] = made.snapshot_time if made else _now()
        return made

    def resolve_time_travel(
        self, project_id: str, dataset_id: str, table_id: str, target: dt.datetime
    ) -> SnapshotMeta | None:
        """Return the copy that shows the table at an instant; None if the table itself does.

        Raises:
            OutOfRangeError: The instant is in the future, or what the table held then is gone.
        """
        target = target.replace(tzinfo=dt.UTC) if target.tzinfo is None else target
        if target > _now():
            raise OutOfRangeError(f"FOR SYSTEM_TIME AS OF is in the future: {target.isoformat()}")
        # A table that was not changed since the start may have been changed before.
        name = (project_id, dataset_id, table_id)
        if self._changed.get(name, self._began) <= target:
            return None
        copies = self._catalog.list_snapshots_for_table(*name)
        older = [copy for copy in copies if copy.snapshot_time <= target]
        if not older:
            raise OutOfRangeError(
                f"The local BigQuery no longer knows what {dataset_id}.{table_id} held at"
                f" {target.isoformat()}: it keeps old rows for a minute, BigQuery for seven days."
            )
        return max(older, key=lambda copy: copy.snapshot_time)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
