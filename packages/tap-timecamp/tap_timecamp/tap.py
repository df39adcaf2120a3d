"""The tap as Singer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_ledger.tap import LedgerTap
from typing_extensions import override

from tap_timecamp.calendar import Approvals, Attendance
from tap_timecamp.directory import Groups, Tags, Tasks, Users
from tap_timecamp.entries import TimeEntries
from tap_timecamp.run import Run
from tap_timecamp.settings import SETTINGS

if TYPE_CHECKING:
    from tap_timecamp.client import TimeCampStream

STREAMS: tuple[type[TimeCampStream], ...] = (
    TimeEntries,
    Tasks,
    Users,
    Tags,
    Groups,
    Attendance,
    Approvals,
)


class TapTimeCamp(LedgerTap):
    """Reads TimeCamp."""

    name = "tap-timecamp"
    package_name = "singer-tap-timecamp"
    config_jsonschema = SETTINGS

    @override
    def discover_streams(self) -> list[TimeCampStream]:
        shared = Run()
        return [stream(self, shared) for stream in STREAMS]


if __name__ == "__main__":
    TapTimeCamp.run()
