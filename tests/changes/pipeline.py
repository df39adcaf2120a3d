"""A pipeline with a hundred days of history, and edits of its entries.

The tests extract a hundred days, read the last thirty again, and edit the days in between.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message

BOTH = ("summary", "time_entries")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FIRST = (NOW - 100 * DAY).date()
FEED = r"/entities/"


class Pipeline:
    """A world with some history, the tap and its warehouse."""

    def __init__(self, serve: Serve, world: World | None = None, **options: Any) -> None:
        """Track an hour every other day, on two projects in turn, and extract everything."""
        self.world = world or empty()
        self.home = only_workspace(self.world)
        self.projects = [edits.add_project(self.world, self.home, name).id for name in "AB"]
        self.person = edits.add_user(self.world, self.home, "Anna", hourly_rate=5000).id
        self.entries = [
            self.add(days, self.projects[days // 2 % 2], at_once=True) for days in range(98, 0, -2)
        ]
        self.server = serve(self.world, **options)
        self.store = UpsertStore()
        self.select: tuple[str, ...] = BOTH
        self.config: dict[str, Any] = {
            "timezone": "UTC",
            "change_feed": "auto",
            # These tests are about what the feed alone shows.
            "history_check": "off",
            "lookback_days": 30,
            "start_date": FIRST.isoformat(),
        }

    def add(
        self, days_ago: float, project_id: str | None = None, *, at_once: bool = False
    ) -> Entry:
        """Track an hour, either at the time or now, in retrospect."""
        start = NOW - days_ago * DAY
        now = self.world.now()
        if at_once:
            self.world.clock.set(start + HOUR)
        try:
            return edits.add_entry(
                self.world,
                self.home,
                self.world.owner_id,
                start,
                start + HOUR,
                project_id=project_id,
            )
        finally:
            self.world.clock.set(now)

    def run(self, *, after: dt.timedelta = HOUR, **config: Any) -> list[Message]:
        self.world.clock.advance(after)
        self.server.requests.clear()
        messages: list[Message] = []
        try:
            run_tap(
                self.server,
                self.store.state,
                self.select,
                into=messages,
                **{**self.config, **config},
            )
        finally:
            self.store.apply(messages)
        return messages

    def wrong(self, first: dt.date = FIRST, timezone: str = "UTC") -> list[str]:
        return wrong_with(
            self.store, self.world, first=first, timezone=timezone, streams=self.select
        )

    def windows(self, kind: str) -> list[tuple[dt.datetime, dt.datetime]]:
        """List the windows that the last run asked the feed for."""
        asked = [parse_qs(seen.query) for seen in self.server.requests.matching(f"{FEED}{kind}")]
        ends = [
            [dt.datetime.fromisoformat(query[name][0]) for name in ("start", "end")]
            for query in asked
        ]
        return sorted({(start, end) for start, end in ends})

    def days_read(self) -> list[tuple[str, str]]:
        bodies = [
            json.loads(seen.body) for seen in self.server.requests.matching("/reports/detailed$")
        ]
        return sorted((body["dateRangeStart"][:10], body["dateRangeEnd"][:10]) for body in bodies)


OLD, OLDER, RECENT = 10, 3, -3
"""Positions of entries from 78, 92 and 6 days ago; the last is inside the window."""


def delete(pipe: Pipeline, entry: Entry) -> None:
    edits.delete_entry(pipe.world, pipe.home, entry.id)


def move(pipe: Pipeline, entry: Entry) -> None:
    edits.move_entry(pipe.world, pipe.home, entry.id, None)


def retag(pipe: Pipeline, entry: Entry) -> None:
    tags = [edits.add_tag(pipe.world, pipe.home, name).id for name in ("x", "y")]
    edits.retag_entry(pipe.world, pipe.home, entry.id, reversed(tags))


def hand_over(pipe: Pipeline, entry: Entry) -> None:
    edits.hand_over_entry(pipe.world, pipe.home, entry.id, pipe.person)


def resize(pipe: Pipeline, entry: Entry) -> None:
    edits.resize_entry(pipe.world, pipe.home, entry.id, 90_061)


def bill(pipe: Pipeline, entry: Entry) -> None:
    edits.set_billable(pipe.world, pipe.home, entry.id, billable=False)


def reprice(pipe: Pipeline, entry: Entry) -> None:
    edits.change_rate(
        pipe.world,
        pipe.home,
        "member",
        7777,
        user_id=pipe.world.owner_id,
        since=entry.start,
    )


def redate(days: float) -> Callable[[Pipeline, Entry], None]:
    def act(pipe: Pipeline, entry: Entry) -> None:
        edits.redate_entry(pipe.world, pipe.home, entry.id, NOW - days * DAY)

    return act
