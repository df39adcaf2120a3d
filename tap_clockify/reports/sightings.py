"""The entries that a reading has seen, and those it expected but has not seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record


class Sightings:
    """The entries of one workspace that a reading has seen in the lookback window.

    Attributes:
        awaited: Changed entries that no window has shown yet.
        people: The people who have entries on the days that were read.
        recent: Those who have entries in the lookback window.
        moved: The days between which entries moved while the run was reading.
    """

    def __init__(self, exact_from: dt.date) -> None:
        """Start with no entries.

        Args:
            exact_from: The first day of the lookback window.
        """
        self.awaited: set[str] = set()
        self.moved: set[dt.date] = set()
        self.people: set[str] = set()
        self.recent: set[str] = set()
        self._exact_from = exact_from.isoformat()
        self._day_of: dict[str, str] = {}

    @property
    def ids(self) -> set[str]:
        """The ids of the entries seen."""
        return set(self._day_of)

    def expect(self, entries: Iterable[str]) -> None:
        """Expect entries, unless they have already been seen."""
        self.awaited = set(entries).difference(self._day_of)

    def add(self, entries: Iterable[Record]) -> None:
        """Record entries; one that is seen on two days moved while the run was reading."""
        for entry in entries:
            day = entry["date"]
            self.people.add(entry["user_id"])
            if self.awaited:
                self.awaited.discard(entry["id"])
            if day >= self._exact_from:
                self.recent.add(entry["user_id"])
                before = self._day_of.setdefault(entry["id"], day)
                if before != day:
                    self.moved.update(map(dt.date.fromisoformat, (before, day)))
