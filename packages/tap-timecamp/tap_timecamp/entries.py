"""Time entries: a window by day, whatever was modified, and whatever was deleted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from singer_ledger.errors import RefusedError
from singer_ledger.stream import Reading, Row
from singer_ledger.windows import Window, windows
from typing_extensions import override

from tap_timecamp.client import PIECE_DAYS, WindowStream
from tap_timecamp.names import changed, digests, refers_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CHANGES_SINCE = "changes_since"
"""In the state: the day, by TimeCamp's clock, on which the last whole run began."""
NAMES = "names"
"""In the state: digests of what entries show of tasks, people and tags."""
FORBIDDEN = 403
DAY = dt.timedelta(days=1)
TOO_LONG = frozenset({400, 413, 422})
"""Statuses with which a server may refuse a range of days that is too long for it."""


class TimeEntries(WindowStream):
    """Time entries, with the columns and types of the pipeline that the tap replaces."""

    name = "timecamp_entries"
    path = "/entries"
    primary_keys = ("id",)
    replication_key = "last_modify"
    day_column = "date"

    @override
    def begin(self, memory: Row) -> None:
        self._sent_before = CHANGES_SINCE in memory
        self._sent_now: set[str] = set()
        memory.setdefault(CHANGES_SINCE, self.server_day.isoformat())
        # Before any entry is read: a later name is found by the next run.
        self._names = digests(self.tasks(), self._visible(self.people), self._visible(self.tags))

    @override
    def earlier(self, memory: Row) -> Iterable[Row]:
        for entry in super().earlier(memory):
            if not self._sent_before:
                self._sent_now.add(str(entry["id"]))
            yield entry

    @override
    def read(self, memory: Row) -> Reading:
        """Read what was modified after the window: what moves meanwhile is modified."""
        renamed = self._renamed(memory)
        since = dt.date.fromisoformat(memory[CHANGES_SINCE]) - DAY
        until = self.server_day + DAY
        entries = {str(entry["id"]): entry for entry in renamed}
        for piece in self.pieces():
            entries |= {str(entry["id"]): entry for entry in self.between(piece)}
        for entry in self._entries(modify_from=since, modify_to=until):
            entries[str(entry["id"])] = entry
        deleted = self._deletions(since, until)
        if not self._sent_before:  # nobody has the others
            sent = self._sent_now | entries.keys()
            deleted = {key: day for key, day in deleted.items() if key in sent}
        return Reading(*self._in_scope(entries, deleted, memory))

    def _in_scope(
        self, entries: Mapping[str, Row], deleted: Mapping[str, str], memory: Row
    ) -> tuple[list[Row], dict[str, str]]:
        """Drop what is before the first day of the table; what moved there is gone from it."""
        scope = [self.window.first, self.first_day or self.window.first]
        first = min(day.isoformat() for day in scope)
        first = min(first, memory.get("read_from") or first)
        rows, gone = [], dict(deleted)
        for key, entry in entries.items():
            day = str(entry.get("date") or first)
            if day >= first:
                rows.append(entry)
            else:
                gone[key] = day
        return rows, gone

    def _renamed(self, memory: Row) -> Iterable[Row]:
        """Return the entries before the window that show another name than in the last run."""
        names = changed(memory.get(NAMES, {}), self._names)
        if not names or not memory.get("read_from"):
            return
        first, last = dt.date.fromisoformat(memory["read_from"]), self.window.first - DAY
        for piece in windows(first, last, PIECE_DAYS):
            yield from (entry for entry in self.between(piece) if refers_to(entry, names))

    def _visible(self, read: Callable[[], list[Row]]) -> list[Row]:
        """Return what is listed; nothing if the token may not list it."""
        try:
            return read()
        except RefusedError as error:
            if error.status != FORBIDDEN:
                raise
            return []

    @override
    def end(self, memory: Row) -> None:
        super().end(memory)
        memory[CHANGES_SINCE] = self.server_day.isoformat()
        memory[NAMES] = self._names

    @override
    def between(self, window: Window) -> list[Row]:
        params = {"from": window.first, "to": window.last}
        pieces = windows(*window, PIECE_DAYS)
        try:
            return self._entries(**params)
        except RefusedError as error:
            if error.status not in TOO_LONG or len(pieces) == 1:
                raise
        return [entry for piece in pieces for entry in self.between(piece)]

    @override
    def still_there(self, doubtful: Mapping[str, str]) -> list[Row]:
        days = sorted(dt.date.fromisoformat(day) for day in doubtful.values() if day)
        found: list[Row] = []
        while days:
            near = [day for day in days if day < days[0] + dt.timedelta(days=PIECE_DAYS)]
            found += self.between(Window(near[0], near[-1]))
            days = days[len(near) :]
        return [entry for entry in found if str(entry["id"]) in doubtful]

    def _entries(self, **days: Any) -> list[Row]:
        return self.listed(
            self.path,
            **days,
            **self._people,
            include_project="1",
            include_rates="1",
            opt_fields="tags",
        )

    def _deletions(self, since: dt.date, until: dt.date) -> dict[str, str]:
        """Return the days of deleted entries by their ids; none if the token may not know."""
        try:
            rows = self.listed("/entries_deletions", **{"from": since, "to": until}, **self._people)
        except RefusedError as error:
            if error.status != FORBIDDEN:
                raise
            self.logger.warning(
                "The token may not read deletions, so deletions of entries that are older than"
                " lookback_days are not noticed. Use the token of a time tracking administrator."
            )
            return {}
        return {str(row["entry_id"]): str(row.get("date") or "") for row in rows}

    @property
    def _people(self) -> dict[str, str]:
        people = self.config.get("user_ids")
        return {"user_ids": people} if people else {}
