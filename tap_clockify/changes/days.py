"""Finds the days before the trailing window that must be read again because they changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from clockify_client.client import workspace_path
from clockify_client.http.errors import RequestError

from tap_clockify.changes.feed import LAG, ChangeFeed, FeedUnavailableError
from tap_clockify.dates import zones
from tap_clockify.memory.entry_progress import EntriesProgress
from tap_clockify.memory.feed_mark import FeedMark, FeedRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clockify_client.client import ClockifyClient

    from tap_clockify.changes.feed import Changes
    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_progress import TimeProgress

LONGEST_FEED = dt.timedelta(days=28)
"""How much of the feed to read at most if the history is checked, too: it takes three requests."""

LOOKUPS = 100
LOOKUPS_FREE = 5
"""Maximum entries to look up one by one, if nothing says on which day they are now."""

NOT_THERE = {400, 404}
"""Statuses that mean that an entry does not exist (facts sheet, section 2)."""


def mark_if_interrupted(mark: FeedMark | None, began: dt.datetime) -> FeedMark:
    """Return the watermark of the feed to leave if this run fails.

    Args:
        mark: The watermark that the previous run left, if any.
        began: When the run began (UTC).
    """
    if mark is None:
        return FeedMark(began - LAG, (FeedRead(began, found_old=True),), first_page=None)
    return mark.after_interruption(began)


class ChangedDays:
    """Collects the changed days of one workspace.

    Attributes:
        days: The changed local days, including those inside the trailing window.
        awaited: Changed entries for which the feed does not say when they started.
        deleted: Entries that the feed reports as deleted.
    """

    def __init__(
        self,
        context: RunContext,
        client: ClockifyClient,
        workspace: Workspace,
        progress: Sequence[TimeProgress],
        trailing_first: dt.date,
    ) -> None:
        """Start with no days."""
        self.days: set[dt.date] = set()
        self.awaited: set[str] = set()
        self.deleted: set[str] = set()
        self._context = context
        self._client = client
        self._workspace = workspace
        self._progress = progress
        self._entries = [item for item in progress if isinstance(item, EntriesProgress)]
        self._trailing_first = trailing_first
        self._feed: ChangeFeed | None = None
        self._valued: set[str] = set()
        self._found_old = False
        self._read_at = context.began

    def note_stopped_timers(self, running: set[str]) -> None:
        """Add the start days of timers that ran during the last run and have stopped since."""
        for progress in self._entries:
            for item, day in progress.running_before.items():
                if item not in running:
                    self.days.add(dt.date.fromisoformat(day))

    @property
    def requests(self) -> int:
        """The least number of requests that the feed takes."""
        feed = self._feed_to_read()
        return 0 if feed is None else len(feed.parts)

    def begin(self) -> None:
        """Request the feed without waiting for it; this replaces any earlier request."""
        self._feed = self._feed_to_read()
        if self._feed is not None:
            self._feed.begin(self._context.workers)

    def _feed_to_read(self) -> ChangeFeed | None:
        marks = [item.feed for item in self._progress if item.feed is not None]
        if self._context.settings.change_feed == "off" or not marks:
            return None
        oldest = min(marks, key=lambda mark: mark.until)
        since = oldest.until
        reads = {read.at for mark in marks for read in mark.reads if read.found_old}
        if self._context.settings.history_check == "auto":
            # Older changes are left to the history check: else a feed that cannot be read, or that
            # says nothing, would take ever more requests.
            since = max(since, self._context.began - LONGEST_FEED)
            reads = {at for at in reads if at >= since}
        return ChangeFeed(
            self._client,
            self._workspace.id,
            first_page=oldest.first_page,
            since=since,
            until=self._context.began,
            reads=sorted(reads),
        )

    def read_feed(self) -> bool:
        """Add the days of all changes since the last run; return whether the feed was read."""
        if self._feed is None:
            return False
        try:
            changes = self._feed.changes()
        except FeedUnavailableError as error:
            if self._context.settings.change_feed == "on":
                raise
            self._context.notices.warn_once(
                "change feed",
                "Clockify's change feed cannot be read, so edits of entries from before"
                f" {self._trailing_first} are not seen: {error} If the workspace has no change"
                " feed, set change_feed to off to stop this warning.",
            )
            self._feed = None
            return False
        self._found_old = self._add(changes)
        return True

    def settle(self) -> None:
        """Advance the watermark, now that all changed days have been read."""
        for item in self._progress:
            if self._feed is not None or item.feed is None:
                item.settle_feed(self._mark_after(item))

    def _mark_after(self, progress: TimeProgress) -> FeedMark:
        found_old = self._found_old or progress.trailing.reaches_back
        read = FeedRead(self._read_at, found_old)
        until = self._context.began - LAG
        first_page = None if self._feed is None else self._feed.first_page
        if progress.feed is None:
            return FeedMark(until, (read,), first_page)
        return progress.feed.after_reading(read, until=until, first_page=first_page)

    def _add(self, changes: Changes) -> bool:
        """Add the days of all changes; return whether entries were created before the window."""
        for entry, start in changes.starts.items():
            self.days |= self._days_before(entry)
            if start is not None:
                self._add_place(entry, self._day(start))
            elif entry not in changes.deleted:
                self.awaited.add(entry)
        self._valued = changes.valued.difference(changes.starts, changes.deleted)
        for entry in self._valued:
            before = self._days_before(entry)
            self.days |= before
            # A rate change moves no entry, so an unknown entry is from before the history,
            # unless the tap has forgotten it.
            if not before and any(item.has_forgotten for item in self._progress):
                self.awaited.add(entry)
        self.deleted.update(changes.deleted)
        for entry, start in changes.deleted.items():
            self._add_deleted(entry, None if start is None else self._day(start))
        old = [
            created_at
            for entry, created_at in changes.created.items()
            if (start := changes.starts.get(entry)) is None
            or self._day(start) < self._trailing_first
        ]
        # An entry may have been created after the run began, just before the feed was requested.
        for created_at in filter(None, old):
            whole_second = zones.instant(created_at, dt.UTC).replace(microsecond=0)
            self._read_at = max(self._read_at, whole_second + dt.timedelta(seconds=1))
        return bool(old)

    def _add_place(self, entry: str, day: dt.date) -> None:
        """Add an entry's current day; an entry from before the start of history counts as gone."""
        self.days.add(day)
        before = self._days_before(entry)
        for progress in self._entries:
            if before and day < progress.trailing.history_start:
                progress.note_deleted(entry, max(before))

    def _add_deleted(self, entry: str, day: dt.date | None) -> None:
        before = self._days_before(entry)
        self.days |= before
        if day is not None:
            self.days.add(day)
        known = day or max(before, default=None)
        for progress in self._entries:
            if known is None or known >= progress.trailing.history_start:
                progress.note_deleted(entry, known)

    def _days_before(self, entry: str) -> set[dt.date]:
        return {
            dt.date.fromordinal(day)
            for progress in self._progress
            for day in progress.days_of(entry)
        }

    def _day(self, start: str) -> dt.date:
        return zones.local_day(zones.instant(start, dt.UTC), self._context.tz)

    def look_up(self, entries: Iterable[str]) -> dict[str, dt.date | None]:
        """Look up entries, one by one, that are in no window read so far.

        Returns:
            The days of the entries that were looked up; None for those that do not exist.
        """
        found: dict[str, dt.date | None] = {}
        # Entries that may have moved come first; a rate change moves no entry.
        wanted = sorted(entries, key=lambda entry: (entry in self._valued, entry))
        most = LOOKUPS_FREE if self._workspace.subscription.is_free else LOOKUPS
        for entry in wanted[:most]:
            try:
                path = workspace_path(self._workspace.id, "time-entries", entry)
                row = self._client.get(path).body
            except RequestError as error:
                if error.status not in NOT_THERE:
                    raise
                found[entry] = None
                continue
            start = (row.get("timeInterval") or {}).get("start")
            if start:
                found[entry] = self._day(start)
        if len(wanted) > most:
            self._context.logger.warning(
                "Workspace %s: %s entries are not in the days read. %s of them were looked up; the"
                " others count as deleted. If they only moved to older days, set start_date to an"
                " earlier day: the next run then reads everything again.",
                self._workspace.id,
                len(wanted),
                most,
            )
        return found
