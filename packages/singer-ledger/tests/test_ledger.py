"""What a ledger remembers, and what a window is."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_ledger.errors import ExtractError
from singer_ledger.ledger import NO_DAY, Gone, Ledger
from singer_ledger.windows import Window, windows

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
KEYS = st.text(min_size=1, max_size=4)
WINDOW = Window(dt.date(2026, 5, 1), dt.date(2026, 5, 31))
SINCE = "2026-05-31T08:00:00+00:00"


@given(DAYS, DAYS, st.integers(1, 200))
def test_pieces_cover_each_day_once(first: dt.date, last: dt.date, days: int) -> None:
    pieces = windows(first, last, days)
    covered = [
        piece.first + dt.timedelta(days=offset)
        for piece in pieces
        for offset in range((piece.last - piece.first).days + 1)
    ]
    assert covered == [
        first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)
    ]
    assert all((piece.last - piece.first).days < days for piece in pieces)


@given(
    st.dictionaries(KEYS, DAYS.map(str) | st.just(NO_DAY)),
    st.dictionaries(KEYS, st.builds(Gone, DAYS.map(str), st.just(SINCE))),
)
def test_a_state_has_the_whole_ledger(sent: dict[str, str], gone: dict[str, Gone]) -> None:
    state = json.loads(json.dumps(Ledger(sent, gone).to_state()))
    read = Ledger.from_state(state)
    assert (read.sent, read.gone) == (sent, gone)


def test_no_state_is_an_empty_ledger() -> None:
    read = Ledger.from_state(None)
    assert (read.sent, read.gone) == ({}, {})


@pytest.mark.parametrize(
    "kept",
    [
        {"version": 2, "sent": {}, "gone": {}},
        {"sent": {}, "gone": {}},
        {"version": 1, "gone": {}},
        {"version": 1, "sent": [], "gone": {}},
        {"version": 1, "sent": {"2026-05-01": 7}, "gone": {}},
        {"version": 1, "sent": {}, "gone": {"2026-05-01": ["a"]}},
        "a ledger",
    ],
)
def test_a_state_that_cannot_be_read_is_refused_in_a_sentence(kept: object) -> None:
    with pytest.raises(ExtractError, match="The state has a ledger") as raised:
        Ledger.from_state(kept)
    assert str(raised.value).endswith(".")


def test_only_rows_of_the_window_are_missing() -> None:
    ledger = Ledger(
        {"a": "2026-04-30", "b": "2026-05-01", "c": "2026-05-31", "d": "2026-06-01"}, {}
    )
    assert ledger.missing({"c": "2026-05-31"}, WINDOW) == {"b": "2026-05-01"}
    assert ledger.missing({}, None).keys() == {"a", "b", "c", "d"}


def test_what_leaves_the_window_leaves_the_ledger() -> None:
    ledger = Ledger({"old": "2026-04-30", "later": "2026-07-01"}, {})
    gone = {"x": Gone("2026-04-30", SINCE), "y": Gone("2026-05-02", SINCE)}
    after = ledger.after({"new": "2026-05-03", "moved": "2026-01-01"}, gone, WINDOW)
    assert after.sent == {"later": "2026-07-01", "new": "2026-05-03"}
    assert after.gone == {"y": Gone("2026-05-02", SINCE)}


def test_an_announcement_keeps_what_was_sent_before() -> None:
    ledger = Ledger({"a": "2026-05-01", "b": "2026-05-02"}, {})
    announced = ledger.announcing({"b": "2026-05-09", "c": "2026-05-03"})
    assert announced.sent == {"a": "2026-05-01", "b": "2026-05-09", "c": "2026-05-03"}
