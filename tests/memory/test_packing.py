"""What the state packs comes back the same, and the oldest days are forgotten first."""

from __future__ import annotations

import json
import string
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clockify.memory import packing
from tap_clockify.memory.snapshots import EntrySnapshot, ListSnapshot, RowSnapshot, TraceSnapshot

DAYS = st.integers(1, 3_000_000)
HEX_IDS = st.binary(min_size=12, max_size=12).map(bytes.hex)
ANY_IDS = st.one_of(
    HEX_IDS,
    st.text(max_size=30),
    st.sampled_from(("", "0", "ff" * 12, "FF" * 12, "ff" * 12 + "\n", "ff" * 13, "é" * 24)),
)
ROWS = st.tuples(ANY_IDS, ANY_IDS, st.one_of(ANY_IDS, st.lists(HEX_IDS).map(",".join)))


# Packing


@given(st.dictionaries(DAYS, st.sets(ROWS, min_size=1, max_size=8), max_size=8))
def test_rows_come_back(rows: dict[int, set[tuple[str, ...]]]) -> None:
    assert packing.unpack_rows(packing.pack_rows(rows, width=3)) == rows


@given(st.dictionaries(DAYS, st.sets(ANY_IDS, min_size=1, max_size=20), max_size=8))
def test_ids_come_back(ids: dict[int, set[str]]) -> None:
    assert packing.unpack_ids(packing.pack_ids(ids)) == ids


@given(st.dictionaries(DAYS, st.lists(st.integers(0, 2**32 - 1), min_size=1), max_size=8))
def test_traces_come_back(traces: dict[int, list[int]]) -> None:
    packed = packing.pack_traces({day: array("I", found) for day, found in traces.items()})
    assert {day: list(found) for day, found in packing.unpack_traces(packed).items()} == traces


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_values_come_back(value: object) -> None:
    assert packing.unpack(packing.pack(value)) == value


@given(st.dictionaries(DAYS, st.sets(ANY_IDS, min_size=1), max_size=8))
def test_packed_text_needs_no_escapes(ids: dict[int, set[str]]) -> None:
    packed = packing.pack_ids(ids)
    assert json.dumps(packed) == f'"{packed}"'


def test_packing_depends_on_nothing_but_the_content() -> None:
    """So that a run that finds nothing new leaves the same state."""
    rows = [(f"{n:024x}", "", f"{n % 3:024x}") for n in range(100)]
    packed = packing.pack_rows({7: rows}, width=3)
    assert packing.pack_rows({7: set(rows)}, width=3) == packed


def test_more_ids_than_two_bytes_can_count() -> None:
    rows = {day: {(f"{day:012x}{n:012x}", "", "") for n in range(700)} for day in range(1, 101)}
    assert packing.unpack_rows(packing.pack_rows(rows, width=3)) == rows


@given(ANY_IDS)
def test_trace_fits_into_four_bytes(item: str) -> None:
    assert 0 <= packing.trace(item) < 2**32
    assert packing.trace(item) == packing.trace(item)


@given(st.text(alphabet=string.printable, max_size=200))
def test_what_is_not_packed_is_refused(text: str) -> None:
    for unpack in (packing.unpack_rows, packing.unpack_ids, packing.unpack_traces):
        with pytest.raises((ValueError, TypeError)):
            unpack(text)


# Memory


def keys(*names: str) -> set[tuple[str, ...]]:
    return {(name, "", "") for name in names}


def test_rows_of_a_day_are_replaced_and_the_former_ones_returned() -> None:
    rows = RowSnapshot(None)
    assert rows.replace(5, keys("a", "b")) == set()
    rows = RowSnapshot(rows.packed())
    assert rows.replace(5, keys("b", "c")) == keys("a", "b")
    assert rows.replace(5, set()) == keys("b", "c")
    assert rows.replace(5, keys("d")) == set()


def test_rows_beyond_the_window_are_trimmed_the_oldest_first() -> None:
    rows = RowSnapshot(None)
    for day in range(10):
        rows.replace(day, keys(*(f"{day}-{n}" for n in range(10))))
    rows.trim(exact_from=8, most=45)
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 6 + [10] * 4


def test_rows_of_the_window_are_never_trimmed() -> None:
    rows = RowSnapshot(None)
    for day in range(10):
        rows.replace(day, keys(*(f"{day}-{n}" for n in range(10))))
    rows.trim(exact_from=3, most=5)
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 3 + [10] * 7


def test_traces_tell_the_day() -> None:
    traces = TraceSnapshot(None)
    traces.replace(3, ["a", "b"])
    traces.add(3, ["c"])
    traces.add(4, ["c"])
    traces = TraceSnapshot(traces.packed())
    assert [traces.days_of(item) for item in ("a", "c", "d")] == [{3}, {3, 4}, set()]
    traces.replace(3, ["a"])
    assert [traces.days_of(item) for item in ("a", "b", "c")] == [{3}, set(), {4}]


def test_traces_are_trimmed_the_oldest_first() -> None:
    traces = TraceSnapshot(None)
    for day in range(10):
        traces.replace(day, [f"{day}-{n}" for n in range(10)])
    traces.trim(25)
    assert [bool(traces.days_of(f"{day}-0")) for day in range(10)] == [False] * 8 + [True] * 2


def test_entries_leave_the_exact_memory_with_the_window() -> None:
    entries = EntrySnapshot(None)
    entries.day_of = {"a": 1, "b": 2, "c": 3}
    entries = EntrySnapshot(entries.packed())
    assert entries.leaving(3) == {1: ["a"], 2: ["b"]}
    assert entries.day_of == {"c": 3}


def test_objects_that_are_gone() -> None:
    known = ListSnapshot(ListSnapshot.packed({"b": ["B", None], "a": ["A", "x"]}))
    assert list(known.gone({"b": None})) == [("a", ["A", "x"])]
