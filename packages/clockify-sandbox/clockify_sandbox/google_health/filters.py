"""The filters of data points: comparisons of one time, joined by AND (for sleep also by OR)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from clockify_sandbox.google_health import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.google_health.kinds import Kind
    from clockify_sandbox.google_health.options import Options

COMPARISON = re.compile(r'([A-Za-z_][\w.]*)\s*(>=|<=|!=|=|<|>|:)\s*"([^"]*)"')
PHYSICAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
CIVIL = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FIELDS = {
    "interval": {"interval.start_time": "physical", "interval.civil_start_time": "civil"},
    "sample": {"sample_time.physical_time": "physical", "sample_time.civil_time": "civil"},
    "daily": {"date": "date"},
    "session": {"interval.civil_start_time": "civil"},
    "sleep": {"interval.end_time": "physical", "interval.civil_end_time": "civil"},
    "ecg": {"interval.start_time": "physical"},
    "food": {},
}


@dataclass(frozen=True)
class Times:
    """The times by which a point is filtered: an instant in UTC and the person's clock."""

    physical: datetime
    civil: datetime


def parse(text: str, kind: Kind, options: Options) -> Callable[[Times], bool]:
    """Turn a filter into a test of a point's times; refuse what the contract does not allow."""
    if not text.strip():
        return lambda _times: True
    every = [
        [_comparison(part, kind, options) for part in re.split(r"\s+OR\s+", group)]
        for group in re.split(r"\s+AND\s+", text.strip())
    ]
    if kind.shape != "sleep" and any(len(group) > 1 for group in every):
        raise errors.invalid(f"The filter of {kind.id} does not support the operator OR.")
    return lambda times: all(any(test(times) for test in group) for group in every)


def _comparison(text: str, kind: Kind, options: Options) -> Callable[[Times], bool]:
    found = COMPARISON.fullmatch(text.strip())
    if found is None:
        raise errors.invalid(f"The filter cannot be parsed at: {text.strip()!r}.")
    member, operator, literal = found.groups()
    meaning = _meaning(member, kind, options)
    allowed = (">=",) if kind.shape == "ecg" else (">=", "<")
    if operator not in allowed:
        raise errors.invalid(f"The operator {operator!r} is not supported for {member}.")
    if meaning == "physical":
        instant = _instant(literal, member)
        return lambda times: _holds(times.physical, operator, instant)
    civil = _civil(literal, member, DATE if meaning == "date" else CIVIL)
    return lambda times: _holds(times.civil, operator, civil)


def _meaning(member: str, kind: Kind, options: Options) -> str:
    shape = kind.shape
    if kind.id == "activity-level":
        shape = options.activity_level_filter
    first, _, rest = member.partition(".")
    meaning = FIELDS[shape].get(rest) if first == kind.member else None
    if meaning is None:
        raise errors.invalid(
            f"The filter member {member!r} is not supported for the data type {kind.id}.",
            errors.WRONG_MEMBER,
            member=member,
            dataType=kind.id,
        )
    return meaning


def _holds(value: datetime, operator: str, bound: datetime) -> bool:
    return value >= bound if operator == ">=" else value < bound


def _instant(literal: str, member: str) -> datetime:
    if PHYSICAL.fullmatch(literal):
        try:
            return datetime.fromisoformat(literal).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise errors.invalid(f"{member} is compared with an RFC-3339 timestamp, not {literal!r}.")


def _civil(literal: str, member: str, pattern: re.Pattern[str]) -> datetime:
    if pattern.fullmatch(literal):
        try:
            return datetime.fromisoformat(literal)
        except ValueError:
            pass
    form = "YYYY-MM-DD" if pattern is DATE else "YYYY-MM-DD[THH:mm:ss]"
    raise errors.invalid(f"{member} is compared with {form}, not {literal!r}.")


def of_day(day: date) -> Times:
    """Make the times of a daily summary; it has no instant, so midnight in UTC is as good."""
    civil = datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- the person's clock
    return Times(civil.replace(tzinfo=UTC), civil)
