"""What the state packs comes back the same, and the oldest days are forgotten first."""

from __future__ import annotations

import datetime as dt
import json
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clockify.memory import packing
from tap_clockify.memory.history import HASH_BYTES
from tap_clockify.memory.snapshots import IdSnapshot, ListSnapshot, RowSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = st.integers(1, dt.date.max.toordinal())
HEX_IDS = st.binary(min_size=12, max_size=12).map(bytes.hex)
ANY_IDS = st.one_of(
    HEX_IDS,
    st.text(max_size=30),
    st.sampled_from(("", "0", "ff" * 12, "FF" * 12, "ff" * 12 + "\n", "ff" * 13, "é" * 24)),
)
WIDTH = HASH_BYTES
REFUSALS = (ValueError, TypeError, KeyError, IndexError)
"""What ``state.readable`` turns into an ``UnreadableStateError``."""

HASHES = st.one_of(st.just(b""), st.binary(min_size=WIDTH, max_size=WIDTH).filter(any))
ROWS = st.tuples(ANY_IDS, ANY_IDS, st.one_of(ANY_IDS, st.lists(HEX_IDS).map(",".join)))


# Packing


@given(st.dictionaries(DAYS, st.sets(ROWS, min_size=1, max_size=8), max_size=8))
def test_rows_come_back(rows: dict[int, set[tuple[str, ...]]]) -> None:
    assert packing.unpack_rows(packing.pack_rows(rows, width=3), width=3) == rows


@given(st.dictionaries(DAYS, st.sets(ANY_IDS, min_size=1, max_size=20), max_size=8))
def test_ids_come_back(ids: dict[int, set[str]]) -> None:
    assert packing.unpack_ids(packing.pack_ids(ids)) == ids


@given(st.dictionaries(DAYS, HASHES, max_size=20))
def test_hashes_come_back(hashes: dict[int, bytes]) -> None:
    assert packing.unpack_hashes(packing.pack_hashes(hashes, WIDTH), WIDTH) == hashes


@given(st.dictionaries(DAYS, HASHES, max_size=20))
def test_hashes_take_their_width_and_no_more_than_a_byte_or_two_of_the_day(
    hashes: dict[int, bytes],
) -> None:
    consecutive = dict(enumerate(hashes.values(), 700_000))
    _, joined = packing.unpack(packing.pack_hashes(consecutive, WIDTH))
    assert len(joined) == WIDTH * len(hashes)


def test_hash_of_nothing_but_zeros_counts_as_none() -> None:
    """One in 2**48 is; its day is then read once more."""
    packed = packing.pack_hashes({3: b"\0" * WIDTH, 4: b"\0" * (WIDTH - 1) + b"a"}, WIDTH)
    assert packing.unpack_hashes(packed, WIDTH) == {3: b"", 4: b"\0" * (WIDTH - 1) + b"a"}


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
    assert packing.unpack_rows(packing.pack_rows(rows, width=3), width=3) == rows


UNPACK: dict[str, Callable[[str], object]] = {
    "rows": lambda text: packing.unpack_rows(text, width=3),
    "ids": packing.unpack_ids,
    "hashes": lambda text: packing.unpack_hashes(text, WIDTH),
}


@pytest.mark.parametrize("kind", UNPACK)
@given(text=st.text(alphabet=string.printable, max_size=200))
def test_what_is_not_packed_is_refused(kind: str, text: str) -> None:
    with pytest.raises(REFUSALS):
        UNPACK[kind](text)


SAMPLES = {
    "rows": packing.pack_rows({5: {("a", "b", ""), ("c", "b", "")}, 7: {("a", "", "")}}, width=3),
    "ids": packing.pack_ids({5: {"a", "ff" * 12}, 7: {"b"}}),
    "hashes": packing.pack_hashes({5: b"abcdef", 7: b"", 8: b"ghijkl"}, WIDTH),
}


@pytest.mark.parametrize("kind", UNPACK)
@pytest.mark.parametrize("other", SAMPLES)
def test_what_is_packed_in_another_way_is_refused(kind: str, other: str) -> None:
    if kind == other:
        UNPACK[kind](SAMPLES[other])
    else:
        with pytest.raises(REFUSALS):
            UNPACK[kind](SAMPLES[other])


PARTS = st.recursive(
    st.integers(-9, 9) | st.binary(max_size=30) | st.sampled_from(("H", "I", "a", None, 2**60)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(("kind", "length"), [("rows", 4), ("ids", 3), ("hashes", 2)])
@given(data=st.data())
def test_damaged_value_is_refused_or_has_the_right_types(
    kind: str, length: int, data: st.DataObject
) -> None:
    """Part of a good value, replaced by something else."""
    parts = packing.unpack(SAMPLES[kind])
    assert isinstance(parts, list)
    parts[data.draw(st.integers(0, length - 1))] = data.draw(PARTS)
    try:
        found = UNPACK[kind](packing.pack(parts))
    except REFUSALS:
        return
    assert isinstance(found, dict)
    for day, items in found.items():
        assert dt.date.fromordinal(day)
        if kind == "hashes":
            assert isinstance(items, bytes)
            assert len(items) in {0, WIDTH}
        elif kind == "ids":
            assert {type(item) for item in items} <= {str}
        else:
            assert {(len(row), *map(type, row)) for row in items} <= {(3, str, str, str)}


@pytest.mark.parametrize("kind", UNPACK)
@given(data=st.data())
def test_cut_off_value_is_refused(kind: str, data: st.DataObject) -> None:
    whole = SAMPLES[kind]
    with pytest.raises(REFUSALS):
        UNPACK[kind](whole[: data.draw(st.integers(0, len(whole) - 5))])


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
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 4 + [10] * 6


def test_rows_of_the_window_are_never_trimmed() -> None:
    rows = RowSnapshot(None)
    for day in range(10):
        rows.replace(day, keys(*(f"{day}-{n}" for n in range(10))))
    rows.trim(exact_from=3, most=5)
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 3 + [10] * 7


def test_entries_tell_their_days() -> None:
    entries = IdSnapshot(None)
    entries.replace(3, {"a", "b"})
    entries.add(3, {"c"})
    entries.add(4, {"c"})
    entries = IdSnapshot(entries.packed())
    assert [entries.days_of(item) for item in ("a", "c", "d")] == [{3}, {3, 4}, set()]
    assert entries.replace(3, {"a"}) == {"a", "b", "c"}
    assert [entries.days_of(item) for item in ("a", "b", "c")] == [{3}, set(), {4}]
    assert entries.replace(4, set()) == {"c"}
    assert entries.all == {"a"}
    assert (len(entries), entries.last_day) == (1, 3)


def test_entries_before_the_window_are_trimmed_the_oldest_first() -> None:
    entries = IdSnapshot(None)
    for day in range(10):
        entries.replace(day, {f"{day}-{n}" for n in range(10)})
    entries.trim(exact_from=8, most=45)
    assert [len(entries.replace(day, set())) for day in range(10)] == [0] * 4 + [10] * 6


def test_entries_of_the_window_are_never_trimmed() -> None:
    entries = IdSnapshot(None)
    for day in range(10):
        entries.replace(day, {f"{day}-{n}" for n in range(10)})
    entries.trim(exact_from=3, most=5)
    assert len(entries) == 70
    assert entries.days_of("2-0") == set()
    assert entries.days_of("3-0") == {3}


def test_united_entries_change_independently() -> None:
    entries, dropped = IdSnapshot(None), IdSnapshot(None)
    entries.replace(3, {"a"})
    dropped.add(3, {"b"})
    dropped.add(4, {"a"})
    both = entries.united_with(dropped)
    both.add(3, {"c"})
    assert [both.days_of(item) for item in "abc"] == [{3, 4}, {3}, {3}]
    assert [entries.days_of(item) for item in "abc"] == [{3}, set(), set()]


def test_average_of_the_days_that_have_any_is_rounded_up() -> None:
    entries, rows = IdSnapshot(None), RowSnapshot(None)
    assert (entries.per_day, rows.per_day, entries.last_day, rows.last_day) == (0, 0, 0, 0)
    for day, names in ((3, "ab"), (7, "c"), (9, "")):
        entries.replace(day, set(names))
        rows.replace(day, keys(*names))
    assert (entries.per_day, rows.per_day, entries.last_day, rows.last_day) == (2, 2, 7, 7)


def test_objects_that_are_gone() -> None:
    known = ListSnapshot(ListSnapshot.packed({"b": ["B", None], "a": ["A", "x"]}))
    assert list(known.gone({"b": None})) == [("a", ["A", "x"])]
