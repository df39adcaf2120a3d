"""The result of reading a window, and the check that its pages agree."""

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
        """Add a page's entries and count."""
        self.counts.append(page.count)
        self.entries.extend(map(shape, page.rows))

    @property
    def is_steady(self) -> bool:
        """Whether the pages agree: same count on all, no entry twice, none missing."""
        count = self.counts[0]
        unique = len(self.ids())
        return (
            all(other == count for other in self.counts)
            and unique == len(self.entries)
            and (count is None or count == unique)
        )

    def ids(self) -> set[str]:
        """Return the ids of the entries."""
        return {entry["id"] for entry in self.entries}


@dataclass(frozen=True)
class Reading:
    """A completely read window: the stopped entries that started in it, and Clockify's totals.

    Attributes:
        window: The window.
        entries: Its entries.
        totals: Clockify's own totals; None if they were not requested.
        differences: The days and people whose entries add up to other totals.
    """

    window: Window
    entries: list[Record]
    totals: Totals | None
    differences: list[Difference]

    @classmethod
    def of(cls, window: Window, pages: PageSet, totals: Totals | None) -> Reading:
        """Build the reading from pages, and compare its entries with Clockify's totals."""
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
    """The first page of a window's last piece has arrived, perhaps in another reading.

    A change feed requested from now on includes every edit that the earlier pieces were read too
    early to show.
    """
