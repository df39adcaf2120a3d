"""Edits between two reports, windows or pieces: entries left alone are never missed or doubled."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from busy import DAY, DETAILED, TOTALS, Busy
from clockify_client.errors import ClockifyError
from support import NOW

from tap_clockify.reports import reader

if TYPE_CHECKING:
    from clockify_sandbox.standin.journal import Match, Seen
    from clockify_sandbox.world.model import Entry
    from conftest import Serve


# Between the report and the totals


OTHERS = json.dumps(
    {
        "totals": [None],
        "groupOne": [
            {"_id": "2026-03-02", "children": [{"_id": "somebody", "name": "S", "duration": 60}]}
        ],
    }
)
"""Totals without any entry in the report."""


def test_totals_that_differ_make_the_tap_read_again(
    busy: Busy, caplog: pytest.LogCaptureFixture
) -> None:
    busy.server.faults.add("status", match=TOTALS, status=200, body=OTHERS)
    with caplog.at_level(logging.WARNING):
        busy.run()
    assert sorted(page for _, page in busy.pages()) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert busy.server.requests.count(TOTALS) == 2
    assert busy.wrong() == []
    assert caplog.records == []


def test_totals_that_stay_different_cause_a_warning(
    busy: Busy, caplog: pytest.LogCaptureFixture
) -> None:
    busy.server.faults.add("status", match=TOTALS, status=200, body=OTHERS, times=None)
    with caplog.at_level(logging.WARNING):
        busy.run()
    said = [record.getMessage() for record in caplog.records]
    assert any("2026-03-02" in text and "somebody" in text for text in said)
    assert len(said) > 1
    assert busy.wrong() == []


def test_totals_that_stay_different_fail_the_run_if_set(busy: Busy) -> None:
    busy.server.faults.add("status", match=TOTALS, status=200, body=OTHERS, times=None)
    with pytest.raises(ClockifyError, match=r"differ from Clockify's own totals"):
        busy.run(verify_totals="fail")


def test_totals_are_not_requested_if_verification_is_off(busy: Busy) -> None:
    busy.run(verify_totals="off")
    assert busy.server.requests.count(TOTALS) == 0
    assert busy.wrong() == []


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_edit_while_report_and_totals_are_read(busy: Busy, after: int) -> None:
    busy.run()
    busy.run_while(
        lambda: busy.delete(busy.entries[5]), r"/reports/(detailed|summary)$", after=after
    )
    assert busy.sums_agree()
    busy.run()
    assert busy.wrong() == []


def test_edit_after_everything_was_read_is_left_to_the_next_run(busy: Busy) -> None:
    busy.meanwhile(lambda: busy.delete(busy.entries[5]), DETAILED, after=4)
    busy.run(verify_totals="off")
    assert len(busy.pages()) == 4
    assert busy.wrong() != []
    busy.run(verify_totals="off")
    assert busy.wrong() == []


# Between two windows


def later_and_earlier(busy: Busy) -> tuple[Entry, Entry]:
    """Choose an entry of the last window and one of the first."""
    return busy.entries[-2], busy.entries[1]


@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("forwards", [True, False])
def test_entry_that_moves_between_two_windows(
    serve: Serve,
    after: int,
    feed: str,
    forwards: bool,  # noqa: FBT001
) -> None:
    """On Free a window has 31 days, and the first is read before the second."""
    busy = Busy(serve, plan="FREE")
    busy.config["change_feed"] = feed
    busy.run()
    late, early = later_and_earlier(busy)

    def move() -> None:
        if forwards:
            busy.redate(early, 2.25)
        else:
            busy.redate(late, 64.25)

    busy.run_while(move, DETAILED, after=after)
    moved = early if forwards else late
    rows = [row for row in busy.store.rows("time_entries", live=True) if row["id"] == moved.id]
    assert len(rows) <= 1
    assert busy.sums_agree()
    for _ in range(2):
        busy.run()
        assert busy.wrong() == []


def test_entry_seen_on_two_days_is_resolved_in_the_same_run(serve: Serve) -> None:
    """It moved from a day that was already read to one that was not."""
    busy = Busy(serve, plan="FREE", page=1000)
    busy.config["verify_totals"] = "off"  # they would have it read again at once
    busy.run()
    _, early = later_and_earlier(busy)
    busy.server.faults.add("slow", match=report_of(2.25), seconds=0.5)
    busy.run_while(lambda: busy.redate(early, 2.25), report_of(63.5))
    days = {(NOW - ago * DAY).date().isoformat() for ago in (63.5, 2.25)}
    assert days <= {start for start, _ in busy.pages()}
    assert busy.wrong() == []


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_entry_seen_on_no_day_is_resolved_in_the_same_run(serve: Serve, feed: str) -> None:
    """It moved from a day that was not yet read to one that was."""
    busy = Busy(serve, plan="FREE", page=1000)
    busy.config["change_feed"] = feed
    busy.config["verify_totals"] = "off"  # they would have the first window read again at once
    busy.run()
    late, _ = later_and_earlier(busy)
    busy.server.faults.add("slow", match=report_of(8), seconds=0.5)
    busy.run_while(lambda: busy.redate(late, 64.25), report_of(63.5))
    assert busy.server.requests.count(f"/time-entries/{late.id}$") == 1
    assert busy.wrong() == []


def report_of(days_ago: float) -> Match:
    """Match requests for a detailed report whose window has a day."""
    day = (NOW - days_ago * DAY).date().isoformat()

    def asked(seen: Seen) -> bool:
        if not seen.path.endswith("/reports/detailed"):
            return False
        body = json.loads(seen.body)
        return bool(body["dateRangeStart"][:10] <= day <= body["dateRangeEnd"][:10])

    return asked


# Pieces


def test_large_window_is_read_in_pieces(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ROWS_IN_HAND", 15)
    busy.run()
    assert len({start for start, _ in busy.pages()}) > 2
    assert busy.wrong() == []


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
def test_edit_between_two_pieces(busy: Busy, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(reader, "ROWS_IN_HAND", 15)

    def edit() -> None:
        busy.delete(busy.entries[3])
        busy.redate(busy.entries[30], 64.25)
        busy.add(10)

    busy.run_while(edit, DETAILED, after=after)
    assert busy.sums_agree()
    busy.run()
    assert busy.wrong() == []
