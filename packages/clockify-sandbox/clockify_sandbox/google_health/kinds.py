"""The data types: how each is filtered, which scope protects it, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["interval", "sample", "daily", "session", "sleep", "ecg", "food"]
SCOPE_PREFIX = "https://www.googleapis.com/auth/googlehealth."
ACTIVITY = "activity_and_fitness"
MEASUREMENTS = "health_metrics_and_measurements"
READ_SCOPES = tuple(
    f"{SCOPE_PREFIX}{name}.readonly"
    for name in (ACTIVITY, MEASUREMENTS, "sleep", "location", "settings")
)
"""What a client that only reads asks for; the person has consented to these."""
SETTINGS_SCOPE = f"{SCOPE_PREFIX}settings.readonly"
LOCATION_SCOPE = f"{SCOPE_PREFIX}location.readonly"
ALL_SCOPES = frozenset(
    {
        f"{SCOPE_PREFIX}{name}.{access}"
        for name in (
            ACTIVITY,
            MEASUREMENTS,
            "sleep",
            "settings",
            "profile",
            "logged_symptoms",
            "mindfulness",
            "reproductive_health",
        )
        for access in ("readonly", "writeonly")
    }
    | {f"{SCOPE_PREFIX}{name}.readonly" for name in ("ecg", "irn", "location")}
    | {f"{SCOPE_PREFIX}nutrition.writeonly"}
)
"""The API's scopes in the contract."""
SESSION_PAGE = 25
ROLLUP_DAYS = 90
SHORT_ROLLUP_DAYS = 14
SHORT_ROLLUPS = frozenset(
    {"heart-rate", "active-minutes", "total-calories", "calories-in-heart-rate-zone"}
)


@dataclass(frozen=True)
class Kind:
    """A data type. `rollup` is the field of its roll-ups, None if it has none."""

    id: str
    shape: Shape
    scope: str
    rollup: str | None = None
    listed: bool = True
    reconciled: bool = True

    @property
    def field(self) -> str:
        """The name in JSON."""
        first, *rest = self.id.split("-")
        return first + "".join(part.capitalize() for part in rest)

    @property
    def member(self) -> str:
        """The name in filters."""
        return self.id.replace("-", "_")

    @property
    def read_scope(self) -> str:
        """The scope to read it, whoever wrote it."""
        return f"{SCOPE_PREFIX}{self.scope}.readonly"

    @property
    def write_scope(self) -> str:
        """The scope to write it, and to read what was written with it."""
        return f"{SCOPE_PREFIX}{self.scope}.writeonly"

    @property
    def most_days(self) -> int:
        """Days that a roll-up may span."""
        return SHORT_ROLLUP_DAYS if self.id in SHORT_ROLLUPS else ROLLUP_DAYS


def _rolled(kind_id: str, shape: Shape, scope: str) -> Kind:
    plain = Kind(kind_id, shape, scope)
    return Kind(kind_id, shape, scope, rollup=plain.field)


_KINDS = (
    *(
        _rolled(each, "interval", ACTIVITY)
        for each in (
            "active-energy-burned",
            "active-minutes",
            "active-zone-minutes",
            "activity-level",
            "altitude",
            "distance",
            "floors",
            "sedentary-period",
            "steps",
            "swim-lengths-data",
            "time-in-heart-rate-zone",
        )
    ),
    *(
        Kind(each, "interval", ACTIVITY, Kind(each, "interval", ACTIVITY).field, listed=False)
        for each in ("total-calories", "calories-in-heart-rate-zone")
    ),
    Kind("basal-energy-burned", "interval", ACTIVITY),
    Kind("exercise", "session", ACTIVITY),
    Kind("daily-vo2-max", "daily", ACTIVITY),
    Kind("vo2-max", "sample", ACTIVITY),
    _rolled("run-vo2-max", "sample", ACTIVITY),
    *(
        _rolled(each, "sample", MEASUREMENTS)
        for each in ("blood-glucose", "body-fat", "core-body-temperature", "heart-rate", "weight")
    ),
    *(
        Kind(each, "sample", MEASUREMENTS)
        for each in (
            "heart-rate-variability",
            "height",
            "oxygen-saturation",
            "respiratory-rate-sleep-summary",
        )
    ),
    Kind("daily-resting-heart-rate", "daily", MEASUREMENTS, "restingHeartRatePersonalRange"),
    Kind(
        "daily-heart-rate-variability",
        "daily",
        MEASUREMENTS,
        "heartRateVariabilityPersonalRange",
    ),
    *(
        Kind(each, "daily", MEASUREMENTS)
        for each in (
            "daily-heart-rate-zones",
            "daily-oxygen-saturation",
            "daily-respiratory-rate",
            "daily-sleep-temperature-derivations",
        )
    ),
    Kind("sleep", "sleep", "sleep"),
    _rolled("hydration-log", "session", "nutrition"),
    _rolled("nutrition-log", "session", "nutrition"),
    Kind("food", "food", "nutrition", reconciled=False),
    Kind("food-measurement-unit", "food", "nutrition", reconciled=False),
    Kind("electrocardiogram", "ecg", "ecg", reconciled=False),
    Kind("irregular-rhythm-notification", "session", "irn", reconciled=False),
    Kind("menstrual-period", "interval", "reproductive_health", reconciled=False),
    Kind("ovulation-test", "sample", "reproductive_health", reconciled=False),
    Kind("moods", "sample", "mindfulness", reconciled=False),
    Kind("symptoms", "sample", "logged_symptoms", reconciled=False),
)
KINDS = {kind.id: kind for kind in _KINDS}
"""All data types of the contract by id."""
