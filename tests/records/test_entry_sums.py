"""Sums of random entries equal those of the simplest reference."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shaping import BERLIN, RUN, shaped

from tap_clockify.records.summary import summed_up

ids = st.sampled_from(["a", "b", "c"])
starts = st.integers(0, 13 * 86400).map(
    lambda seconds: dt.datetime(2026, 3, 25, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Beirut"]
)
entries = st.fixed_dictionaries(
    {
        "user": ids,
        "project": st.none() | ids,
        "tags": st.lists(ids, unique=True),
        "start": starts,
        "seconds": st.none() | st.integers(0, 100_000),
        "cents": st.none() | st.integers(0, 1_000_000),
    }
)


def as_row(number: int, entry: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Write an entry as the report does; its form depends on its number."""
    start = entry["start"].astimezone(zone if number % 2 else dt.UTC)
    seconds = entry["seconds"]
    end = None if seconds is None else (entry["start"] + dt.timedelta(seconds=seconds))
    row = {
        "_id": str(number),
        "userId": entry["user"],
        "userName": entry["user"].upper(),
        "timeInterval": {
            "start": start.isoformat(),
            "end": end and end.isoformat(),
            "duration": seconds if number % 3 else None,
        },
        ("earnedAmount" if number % 5 else "amount"): entry["cents"],
    }
    if entry["project"] or number % 2:
        row["projectId"] = entry["project"] or (None if number % 4 == 1 else "")
    if entry["tags"] and number % 2:
        row["tags"] = [{"_id": tag, "name": tag} for tag in entry["tags"]]
    else:
        row["tagIds"] = entry["tags"] or None
    return row


@given(st.lists(entries, max_size=30), zones)
def test_sums_equal_the_simplest_reference(tracked: list[dict[str, Any]], name: str) -> None:
    zone = ZoneInfo(name)
    rows = summed_up([shaped(as_row(n, e, zone), zone) for n, e in enumerate(tracked)], RUN)

    seconds: Counter[tuple[str, ...]] = Counter()
    cents: Counter[tuple[str, ...]] = Counter()
    for e in (e for e in tracked if e["seconds"] is not None):
        key = (str(e["start"].astimezone(zone).date()), e["user"], e["project"] or "")
        seconds[(*key, ",".join(sorted(e["tags"])))] += e["seconds"]
        cents[(*key, ",".join(sorted(e["tags"])))] += e["cents"] or 0

    found = {(r["date"], r["user_id"], r["project_id"], r["tag_id"]): r for r in rows}
    assert len(found) == len(rows)
    assert found.keys() == seconds.keys()
    for key, row in found.items():
        assert row["duration_decimal"] == pytest.approx(seconds[key] / 3600, abs=1e-9)
        assert row["amount_decimal"] == pytest.approx(cents[key] / 100, abs=1e-6)


@given(st.lists(entries, max_size=12), st.randoms(use_true_random=False))
def test_order_of_entries_changes_no_sum(tracked: list[dict[str, Any]], random: Any) -> None:
    shaped_entries = [shaped(as_row(n, e, BERLIN)) for n, e in enumerate(tracked)]
    before = summed_up(shaped_entries, RUN)
    random.shuffle(shaped_entries)
    for row, again in zip(before, summed_up(shaped_entries, RUN), strict=True):
        assert row == {**again, "amount_decimal": pytest.approx(again["amount_decimal"])}
