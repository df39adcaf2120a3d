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
    from collections.abc import Mapping, Sequence

    from tap_clockify.dates.windows import Window
    from tap_clockify.reports.totals import Group, SummaryReport

QUESTIONS = (("DATE", "USER", "PROJECT"), ("DATE", "TAG", "TIMEENTRY"))
"""The groups of the summary reports, at most three each. A group TIMEENTRY is a description."""

ROUNDING = 100
"""Parts of a minor unit that count: sums in another order differ by less."""

TOTAL_BYTES = 8
MODULUS = 1 << 8 * TOTAL_BYTES


def answer_to(window: Window, report: SummaryReport) -> dict[int, bytes]:
    """Return a hash of one report for every day of a window, as an ordinal."""
    found = {str(day.id or day.name)[:10]: _total(day, b"") for day in report.groups or ()}
    return {
        day.toordinal(): found.get(day.isoformat(), 0).to_bytes(TOTAL_BYTES, "big")
        for day in window
    }


def together(answers: Sequence[Mapping[int, bytes]]) -> dict[int, bytes]:
    """Return one hash for every day from those of several reports."""
    first, *others = answers
    return {
        day: _digest(b"".join([answer, *(other[day] for other in others)]), HASH_BYTES)
        for day, answer in first.items()
    }


def _total(group: Group, above: bytes) -> int:
    """Add up the hashes of a group and of all groups in it, whose order in a report may change.

    Args:
        group: The group.
        above: The hash of the groups that it is in.
    """
    key = group.id
    if isinstance(key, dict):  # of a description: an object with the ids above it
        key = sorted(map(str, key.values()))
    said = [key or None, group.name, group.client_name, group.duration, _money(group)]
    own = _digest(above + msgspec.json.encode(said), TOTAL_BYTES)
    total = int.from_bytes(own, "big")
    for child in group.children or ():
        total += _total(child, own)
    return total % MODULUS


def _money(group: Group) -> list[Any]:
    if not group.amounts:
        return [_rounded(group.amount)]
    return sorted(
        [str(item.get("type")), _rounded(item.get("value"))]
        for item in group.amounts
        if isinstance(item, dict)
    )


def _rounded(amount: Any) -> Any:
    return int(amount * ROUNDING + 0.5) if isinstance(amount, (int, float)) else amount


def _digest(data: bytes, size: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()
