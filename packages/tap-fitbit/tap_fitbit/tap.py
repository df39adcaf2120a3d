"""The tap as Singer sees it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_ledger.tap import LedgerTap
from typing_extensions import override

from tap_fitbit.daily import CardioScore, HeartRate, Summary
from tap_fitbit.details import ActivityDetail
from tap_fitbit.files import FilesProcessed
from tap_fitbit.run import Run
from tap_fitbit.sessions import Activity, Sleep, SleepDetail, Weight
from tap_fitbit.settings import SETTINGS

if TYPE_CHECKING:
    from tap_fitbit.client import HealthStream

# In the order in which they are read: the last one tells of the others.
STREAMS: tuple[type[HealthStream], ...] = (
    Activity,
    ActivityDetail,
    CardioScore,
    HeartRate,
    Sleep,
    SleepDetail,
    Summary,
    Weight,
    FilesProcessed,
)


class TapFitbit(LedgerTap):
    """Reads what Fitbit measures of one person, through the Google Health API."""

    name = "tap-fitbit"
    package_name = "singer-tap-fitbit"
    config_jsonschema = SETTINGS

    @override
    def discover_streams(self) -> list[HealthStream]:
        shared = Run(self)
        return [stream(self, shared) for stream in STREAMS]


def main() -> None:
    """Run the tap, or `tap-fitbit authorize`."""
    if sys.argv[1:2] == ["authorize"]:
        from tap_fitbit.authorize import authorize  # noqa: PLC0415 -- an extra has its library

        authorize(sys.argv[2:], prog_name="tap-fitbit authorize")
    else:
        TapFitbit.run()


if __name__ == "__main__":
    main()
