"""What Clockify's own reports answer about each day, as a hash that changes if the answer does.

Two summary reports cover the hours and amounts of a day by person, project and client, and its
hours by tag and description, all with their names. They do not show when an entry starts within
the day, its task, and its approval, invoice and custom fields.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from tap_clockify.memory.history import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_clockify.dates.windows import Window
    from tap_clockify.reports.totals import Group, SummaryReport

QUESTIONS = (("DATE", "USER", "PROJECT"), ("DATE", "TAG", "TIMEENTRY"))
"""The groups of the summary reports, at most three each. A group TIMEENTRY is a description."""

DIGITS = 2
"""Decimal places of a minor unit that count: sums in another order differ further behind."""


def answer_to(window: Window, report: SummaryReport) -> dict[int, bytes]:
    """Return a hash of one report for every day of a window, as an ordinal."""
    said = {
        str(day.id or day.name)[:10]: [_said(day), _sorted(day.children)]
        for day in report.groups or ()
    }
    return {day.toordinal(): _hash(said.get(day.isoformat())) for day in window}


def together(answers: Sequence[Mapping[int, bytes]]) -> dict[int, bytes]:
    """Return one hash for every day from those of several reports."""
    first, *others = answers
    return {
        day: _digest(b"".join([answer, *(other[day] for other in others)]))
        for day, answer in first.items()
    }


def _sorted(groups: Iterable[Group] | None) -> list[Any]:
    """Describe groups in an order of their own, since that of the report may change."""
    described = [
        [_key(group), group.name, group.client_name, _said(group), _sorted(group.children)]
        for group in groups or ()
    ]
    return sorted(described, key=_encoded)


def _key(group: Group) -> Any:
    """Return the id of a group; that of a description is an object with the ids above it."""
    return sorted(map(str, group.id.values())) if isinstance(group.id, dict) else group.id or None


def _said(group: Group) -> list[Any]:
    amounts = [
        [str(item.get("type")), _rounded(item.get("value"))]
        for item in group.amounts or ()
        if isinstance(item, dict)
    ]
    return [group.duration, _rounded(group.amount), sorted(amounts, key=_encoded)]


def _rounded(amount: Any) -> Any:
    return round(amount, DIGITS) + 0.0 if isinstance(amount, (int, float)) else amount


def _encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _hash(said: Any) -> bytes:
    return _digest(_encoded(said))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=HASH_BYTES).digest()
