"""What reading a window yields, and how its pages are checked against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.records.report_rows import ReportRow
    from tap_clockify.reports.requests import Page
    from tap_clockify.reports.totals import Difference, Totals

    Shape = Callable[[ReportRow], Record]


@dataclass
class PageSet:
    """The pages of one window, read while people may have edited entries."""

    counts: list[int | None] = field(default_factory=list)
    entries: list[Record] = field(default_factory=list)

    def add(self, page: Page, shape: Shape) -> None:
        """Take one page's entries and count."""
        self.counts.append(page.count)
        self.entries.extend(map(shape, page.rows))

    @property
    def is_steady(self) -> bool:
        """Whether no page contradicts another: same count on all, no entry twice, none missing."""
        count = self.counts[0]
        unique = len(self.ids())
        return (
            all(other == count for other in self.counts)
            and unique == len(self.entries)
            and (count is None or count == unique)
        )

    def ids(self) -> set[str]:
        """Collect the ids of the entries."""
        return {entry["id"] for entry in self.entries}


@dataclass(frozen=True)
class Reading:
    """A window read whole: every stopped entry that started in it, and Clockify's own totals.

    Attributes:
        window: The window.
        entries: Its entries.
        totals: What Clockify adds up to; None where that was not asked for.
        differences: The days and people for whom the entries add up differently.
    """

    window: Window
    entries: list[Record]
    totals: Totals | None
    differences: list[Difference]

    @classmethod
    def of(cls, window: Window, pages: PageSet, totals: Totals | None) -> Reading:
        """Take the entries of pages, and compare them with Clockify's totals."""
        first, last = window.first.isoformat(), window.last.isoformat()
        unique = {entry["id"]: entry for entry in pages.entries}
        stopped = [
            entry
            for entry in unique.values()
            if not entry["is_running"] and first <= entry["date"] <= last
        ]
        return cls(window, stopped, totals, totals.differences(stopped) if totals else [])


@dataclass(frozen=True)
class LastPieceBegun:
    """The first page of a window's last piece has come in, perhaps once more.

    Whoever asks from now on for what has changed learns of every edit that an earlier piece was
    read too early to show.
    """
