"""The calendar: days are local days, even when clocks change."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clockify.dates import windows, zones
from tap_clockify.dates.windows import Window

DAY = dt.timedelta(days=1)
days = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))
lengths = st.integers(1, 400)


def day_of(instant: str, zone: str) -> str:
    tz = zones.zone(zone)
    return zones.local_day(zones.instant(instant, tz), tz).isoformat()


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        # East and west of UTC.
        ("UTC", "2026-03-31T23:59:59Z", "2026-03-31"),
        ("Asia/Tokyo", "2026-03-31T14:59:59Z", "2026-03-31"),
        ("Asia/Tokyo", "2026-03-31T15:00:00Z", "2026-04-01"),
        ("America/Los_Angeles", "2026-04-01T06:59:59Z", "2026-03-31"),
        ("America/Los_Angeles", "2026-04-01T07:00:00Z", "2026-04-01"),
        ("Asia/Kathmandu", "2026-03-31T18:14:59Z", "2026-03-31"),
        ("Asia/Kathmandu", "2026-03-31T18:15:00Z", "2026-04-01"),
        ("Pacific/Kiritimati", "2026-03-31T10:00:00Z", "2026-04-01"),
        ("Pacific/Niue", "2026-04-01T10:59:59Z", "2026-03-31"),
        # The same instant, written with the offset of another zone.
        ("Europe/Berlin", "2026-03-31T18:00:00-04:00", "2026-04-01"),
        # Clocks forward and back in Berlin: the day has 23 hours, then 25.
        ("Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
        # In Lord Howe clocks change by half an hour.
        ("Australia/Lord_Howe", "2026-04-04T12:59:59Z", "2026-04-04"),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-04-05T13:29:59Z", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-04-05T13:30:00Z", "2026-04-06"),
        # In Beirut they change at midnight: 2026-03-29 begins at 01:00.
        ("Asia/Beirut", "2026-03-28T21:59:59Z", "2026-03-28"),
        ("Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29"),
        # In Havana too, and back at 01:00: 2026-11-01 has 00:00 to 01:00 twice.
        ("America/Havana", "2026-11-01T04:00:00Z", "2026-11-01"),
        ("America/Havana", "2026-11-01T05:00:00Z", "2026-11-01"),
        # In Asuncion clocks went back at midnight: 23:00 to 24:00 twice on the 23rd.
        ("America/Asuncion", "2024-03-24T02:59:59Z", "2024-03-23"),
        ("America/Asuncion", "2024-03-24T03:59:59Z", "2024-03-23"),
        ("America/Asuncion", "2024-03-24T04:00:00Z", "2024-03-24"),
        # Samoa crossed the date line and had no 2011-12-30.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
        # Leap days.
        ("Europe/Berlin", "2028-02-28T23:00:00Z", "2028-02-29"),
        ("Europe/Berlin", "2028-02-29T23:00:00Z", "2028-03-01"),
        ("UTC", "2027-02-28T23:59:59Z", "2027-02-28"),
    ],
)
def test_local_day(zone: str, instant: str, day: str) -> None:
    assert day_of(instant, zone) == day


def test_instant_without_an_offset_is_a_wall_clock() -> None:
    tz = zones.zone("Asia/Tokyo")
    assert zones.instant("2026-03-31T00:30:00", tz).astimezone(dt.UTC).isoformat() == (
        "2026-03-30T15:30:00+00:00"
    )
    assert zones.instant("2026-03-31", tz).astimezone(dt.UTC).isoformat() == (
        "2026-03-30T15:00:00+00:00"
    )


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "", "../UTC", "/etc/passwd", "a\0b"])
def test_unknown_zone(name: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA time zone such as 'Europe/Berlin'"):
        zones.zone(name)


def test_window_as_report_requests_want_it() -> None:
    window = Window(dt.date(2028, 2, 28), dt.date(2028, 3, 1))
    assert window.range_start == "2028-02-28T00:00:00.000"
    assert window.range_end == "2028-03-01T23:59:59.999"
    assert window.days == 3  # with the leap day
    assert str(window) == "2028-02-28 to 2028-03-01"


@pytest.mark.parametrize(
    ("day", "inside"),
    [("2026-01-31", False), ("2026-02-01", True), ("2026-02-28", True), ("2026-03-01", False)],
)
def test_both_ends_belong_to_a_window(day: str, inside: bool) -> None:  # noqa: FBT001
    assert (dt.date.fromisoformat(day) in Window(dt.date(2026, 2, 1), dt.date(2026, 2, 28))) is (
        inside
    )


def test_84_days_in_windows_of_a_month() -> None:
    found = list(windows.cut(dt.date(2026, 1, 6), dt.date(2026, 3, 30), 31))
    assert [str(window) for window in found] == [
        "2026-01-06 to 2026-02-05",
        "2026-02-06 to 2026-03-08",
        "2026-03-09 to 2026-03-30",
    ]


def covered(found: list[Window]) -> list[dt.date]:
    return [window.first + n * DAY for window in found for n in range(window.days)]


@given(days, st.integers(0, 800), lengths)
def test_cut_covers_every_day_once_in_windows_within_the_limit(
    first: dt.date, more: int, max_days: int
) -> None:
    found = list(windows.cut(first, first + more * DAY, max_days))
    assert covered(found) == [first + n * DAY for n in range(more + 1)]
    assert all(1 <= window.days <= max_days for window in found)
    assert all(window.days == max_days for window in found[:-1])


@given(days, st.integers(1, 100), lengths)
def test_cut_of_nothing_is_nothing(first: dt.date, before: int, max_days: int) -> None:
    assert list(windows.cut(first, first - before * DAY, max_days)) == []


@given(days, st.integers(0, 400), st.integers(1, 500))
def test_split_covers_every_day_once_in_no_more_pieces_than_asked_for(
    first: dt.date, more: int, pieces: int
) -> None:
    window = Window(first, first + more * DAY)
    found = windows.split(window, pieces)
    assert covered(found) == covered([window])
    assert len(found) <= pieces
    if pieces > 1 and window.days > 1:
        assert len(found) > 1, "a split that splits nothing would be repeated forever"


@given(st.sets(days, max_size=40), st.integers(1, 30), st.integers(1, 366))
def test_gather_covers_all_days_within_the_limit(
    wanted: set[dt.date], gap: int, max_days: int
) -> None:
    found = windows.gather(wanted, gap=gap, max_days=max_days)
    assert wanted <= set(covered(found))
    assert all(window.days <= max_days for window in found)
    assert all(window.first in wanted and window.last in wanted for window in found)
    assert all(before.last < after.first for before, after in itertools.pairwise(found))


def test_gather_joins_days_that_are_near() -> None:
    near = [dt.date(2026, 1, day) for day in (20, 1, 4, 4)]
    found = windows.gather(near, gap=3, max_days=31)
    assert [str(window) for window in found] == [
        "2026-01-01 to 2026-01-04",
        "2026-01-20 to 2026-01-20",
    ]


@given(days, st.integers(0, 1000), lengths, st.integers(0, 40))
def test_reach_fills_the_last_window_without_another_request(
    first: dt.date, ago: int, max_days: int, ahead: int
) -> None:
    today = first + ago * DAY
    last = windows.reach(first, today, max_days, ahead)
    assert last >= today + ahead * DAY
    found = list(windows.cut(first, last, max_days))
    needed = list(windows.cut(first, today + ahead * DAY, max_days))
    assert len(found) == len(needed)
    assert all(window.days == max_days for window in found)


ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Monrovia"]
seconds_since_1970 = st.integers(0, 60 * 366 * 86_400)
seconds_later = st.lists(st.integers(0, 4 * 86_400), min_size=5)


@pytest.mark.parametrize("zone", ZONES)
@given(first=seconds_since_1970, later=seconds_later, written=st.sampled_from(ZONES))
def test_clock_reads_an_instant_however_it_is_written(
    zone: str, first: int, later: list[int], written: str
) -> None:
    """Close to each other, so that the clock uses what it has cached for the same days."""
    clock = zones.LocalClock(zones.zone(zone))
    for seconds in later:
        moment = dt.datetime.fromtimestamp(first + seconds, dt.UTC)
        there, here = (
            moment.astimezone(zones.zone(written)),
            moment.astimezone(zones.zone(zone)),
        )
        expected = f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{here:%Y-%m-%d}"
        assert clock.read(there.isoformat()) == expected
        assert clock.read(f"{moment:%Y-%m-%dT%H:%M:%SZ}") == expected
        assert clock.read(f"{moment:%Y-%m-%dT%H:%M:%S.750Z}") == expected
        if here.fold == 0:
            assert clock.read(f"{here:%Y-%m-%dT%H:%M:%S}") == expected
