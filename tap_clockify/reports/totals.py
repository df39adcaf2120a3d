"""Clockify's own totals by day and person, and their comparison with the rows read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from clockify_client.errors import ClockifyError

from tap_clockify.records.units import MINOR_UNITS, SECONDS_AN_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window

SECONDS_TOLERANCE = 0.5
MINOR_TOLERANCE = 1.0
"""In minor units: Clockify rounds some amounts of a report to whole minor units, but not all."""


@dataclass(slots=True)
class Sum:
    """Seconds tracked, and the billable amount in minor units (None if the report hides it)."""

    seconds: float = 0.0
    minor: float | None = 0.0


NOTHING = Sum(0.0, 0.0)


@dataclass(frozen=True)
class Difference:
    """A day and person for whom the rows read and Clockify's totals differ."""

    day: str
    user_id: str
    ours: Sum
    theirs: Sum

    def __str__(self) -> str:
        """Describe the difference in hours and units of the currency.

        The log gets this text, so it has the id of the person and not the name.
        """
        return (
            f"{self.day}, user {self.user_id}: Clockify's report says {_worded(self.theirs)},"
            f" its entries say {_worded(self.ours)}"
        )


@dataclass
class Totals:
    """The totals of a summary report grouped by DATE and USER."""

    by_day: dict[tuple[str, str], Sum] = field(default_factory=dict)
    whole: Sum = field(default_factory=Sum)
    """The totals of the whole window, as the report sends them, or else the sum of its groups."""

    def differences(self, entries: Iterable[Record]) -> list[Difference]:
        """Return every day and person whose entries add up to other totals."""
        ours: dict[tuple[str, str], Sum] = {}
        for entry in entries:
            key = entry["date"], entry["user_id"]
            item = ours.get(key)
            if item is None:
                item = ours[key] = Sum(0.0, 0.0)
            item.seconds += entry["duration_seconds"]
            item.minor = (item.minor or 0.0) + entry["amount"] * MINOR_UNITS
        return [
            Difference(*key, ours.get(key, NOTHING), theirs)
            for key in sorted({*ours, *self.by_day})
            if _differ(ours.get(key, NOTHING), theirs := self.by_day.get(key, NOTHING))
        ]


class Group(msgspec.Struct):
    """A group of a summary report, as Clockify sends it; undeclared keys are skipped."""

    id: Any = msgspec.field(default=None, name="_id")
    name: Any = None
    client_name: Any = msgspec.field(default=None, name="clientName")
    duration: Any = None
    amount: Any = None
    amounts: Any = None
    children: list[Group] | None = None


class SummaryReport(msgspec.Struct):
    """A summary report."""

    totals: Any = None
    groups: list[Group] | None = msgspec.field(default=None, name="groupOne")


def totals_of(report: SummaryReport, window: Window) -> Totals:
    """Read the totals of a window from a summary report grouped by DATE and USER.

    Raises:
        ClockifyError: The response has no groups.
    """
    if report.groups is None:
        raise ClockifyError(
            "Clockify's summary report has no groups, so the totals cannot be verified. Set"
            " verify_totals to off to run without them."
        )
    totals = Totals()
    first, last = window.first.isoformat(), window.last.isoformat()
    sent = report.totals
    for day in report.groups:
        name = str(day.id or day.name)[:10]
        if not first <= name <= last:
            sent = None  # The report covers more than the window.
            continue
        for person in day.children or ():
            minor = _minor(person.amounts, person.amount)
            totals.by_day[name, str(person.id)] = Sum(float(person.duration or 0), minor)
    totals.whole = _whole(sent, totals)
    return totals


def _whole(sent: Any, totals: Totals) -> Sum:
    """Return the window's totals, which may be ``[null]`` even if there are groups."""
    first = next(iter(sent or ()), None)
    if isinstance(first, dict) and first.get("totalTime") is not None:
        return Sum(
            float(first["totalTime"]), _minor(first.get("amounts"), first.get("totalAmount"))
        )
    groups = totals.by_day.values()
    return Sum(sum(item.seconds for item in groups), sum(item.minor or 0.0 for item in groups))


def _minor(amounts: Any, amount: Any) -> float | None:
    """Return a billable amount; None if the report hides amounts."""
    for item in amounts or ():
        if isinstance(item, dict) and item.get("type") == "EARNED":
            return float(item.get("value") or 0.0)
    return None if amount is None else float(amount)


def _differ(ours: Sum, theirs: Sum) -> bool:
    if abs(ours.seconds - theirs.seconds) > SECONDS_TOLERANCE:
        return True
    if ours.minor is None or theirs.minor is None:
        return False
    return abs(ours.minor - theirs.minor) > MINOR_TOLERANCE


def _worded(item: Sum) -> str:
    hours = f"{item.seconds / SECONDS_AN_HOUR:.4f} h"
    return hours if item.minor is None else f"{hours} and {item.minor / MINOR_UNITS:.2f}"
