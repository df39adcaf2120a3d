"""The data types of the Google Health API that the tap reads, and what each asks of a request.

Filter fields, largest ranges and scopes: discovery document of health.v4, revision 20261030.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_ROLLUP = 90
"""Days of a roll-up in one request."""
SHORT_ROLLUP = 14
"""Days of a roll-up of the types that Google limits more."""
PAGE = 10_000
SMALL_PAGE = 25
"""The largest page of exercises and of sleep."""

ACTIVITY = "activity_and_fitness"
METRICS = "health_metrics_and_measurements"
SLEEP = "sleep"
LOCATION = "location"
SETTINGS = "settings"
SCOPES = tuple(
    f"https://www.googleapis.com/auth/googlehealth.{name}.readonly"
    for name in (ACTIVITY, METRICS, SLEEP, LOCATION, SETTINGS)
)


@dataclass(frozen=True)
class Kind:
    """A data type."""

    name: str
    """The name in paths, such as daily-resting-heart-rate."""
    scope: str
    """The scope that the person must have granted."""
    filter: str = ""
    """The field that limits a list by the person's calendar, after the name of the type."""
    page: int = PAGE
    longest: int = LONGEST_ROLLUP
    """Most days of a roll-up."""

    @property
    def member(self) -> str:
        """The member of an answer that has the values, such as dailyRestingHeartRate."""
        first, *rest = self.name.split("-")
        return first + "".join(part.capitalize() for part in rest)

    def limits(self, first: str, after: str) -> str:
        """Return the filter for days from `first` on and before `after`, as YYYY-MM-DD."""
        field = f"{self.name.replace('-', '_')}.{self.filter}"
        return f'{field} >= "{first}" AND {field} < "{after}"'


INTERVAL = "interval.civil_start_time"

STEPS = Kind("steps", ACTIVITY)
FLOORS = Kind("floors", ACTIVITY)
ALTITUDE = Kind("altitude", ACTIVITY)
DISTANCE = Kind("distance", ACTIVITY)
TOTAL_CALORIES = Kind("total-calories", ACTIVITY, longest=SHORT_ROLLUP)
ACTIVE_ENERGY = Kind("active-energy-burned", ACTIVITY)
BASAL_ENERGY = Kind("basal-energy-burned", ACTIVITY, INTERVAL)
ACTIVITY_LEVEL = Kind("activity-level", ACTIVITY, INTERVAL)
ACTIVITY_LEVEL_OF_DAY = Kind("activity-level", ACTIVITY, "date")
"""The same, for which the discovery document is unclear how it is filtered."""
ZONE_TIME = Kind("time-in-heart-rate-zone", ACTIVITY)
ZONE_CALORIES = Kind("calories-in-heart-rate-zone", ACTIVITY, longest=SHORT_ROLLUP)
RESTING_HEART_RATE = Kind("daily-resting-heart-rate", METRICS, "date")
VO2_MAX = Kind("daily-vo2-max", ACTIVITY, "date")
EXERCISE = Kind("exercise", ACTIVITY, INTERVAL, page=SMALL_PAGE)
ASLEEP = Kind("sleep", SLEEP, "interval.civil_end_time", page=SMALL_PAGE)
WEIGHT = Kind("weight", METRICS, "sample_time.civil_time")
HEIGHT = Kind("height", METRICS, "sample_time.civil_time")
