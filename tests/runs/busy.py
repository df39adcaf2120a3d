"""A busy workspace, whose entries are edited while a run reads them.

Until the next run, entries that are edited meanwhile may be in the tables in the old or new form.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clockify_sandbox.standin.journal import Match
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
DETAILED = r"/reports/detailed$"
TOTALS = r"/reports/summary$"
BOTH = ("summary", "time_entries")
PAGE = 10
FIRST = (NOW - 110 * DAY).date()
"""A window so long that its totals are not requested before its first page has come."""


class Busy:
    """A workspace with forty entries on four pages, on ten days and many projects."""

    def __init__(
        self, serve: Serve, plan: str = "STANDARD_2021", page: int = PAGE, **options: Any
    ) -> None:
        """Serve it with short pages."""
        self.world = empty(plan=plan)
        self.home = only_workspace(self.world)
        self.projects = [edits.add_project(self.world, self.home, f"P{n}").id for n in range(5)]
        self.entries = [self.add(65 - 1.5 * n, hours=1 + n % 7, project=n) for n in range(40)]
        self.server = serve(
            self.world, detailed_max_page_size=page, detailed_over_max="clamp", **options
        )
        self.store = UpsertStore()
        self.config: dict[str, Any] = {
            "timezone": "UTC",
            "change_feed": "off",
            "lookback_days": 110,
            "start_date": FIRST.isoformat(),
            "requests_per_hour": 100_000,  # also on Free
        }
        self.edited: set[str] = set()

    def add(self, days_ago: float, hours: float = 1, project: int | None = None) -> Entry:
        start = NOW - days_ago * DAY
        project_id = None if project is None else self.projects[project % len(self.projects)]
        return edits.add_entry(
            self.world,
            self.home,
            self.world.owner_id,
            start,
            start + hours * HOUR,
            project_id=project_id,
        )

    def delete(self, entry: Entry) -> None:
        self.edited.add(entry.id)
        edits.delete_entry(self.world, self.home, entry.id)

    def redate(self, entry: Entry, days_ago: float) -> None:
        self.edited.add(entry.id)
        edits.redate_entry(self.world, self.home, entry.id, NOW - days_ago * DAY)

    def meanwhile(self, action: Callable[[], object], match: Match, **when: Any) -> None:
        """Edit while the answer to a request is on its way."""
        self.server.faults.call(action, match=match, **when)

    def run(self, **config: Any) -> list[Message]:
        self.world.clock.advance(HOUR)
        self.server.requests.clear()
        messages = run_tap(self.server, self.store.state, BOTH, **{**self.config, **config})
        self.store.apply(messages)
        return messages

    def run_while(self, action: Callable[[], object], match: Match, **when: Any) -> list[Message]:
        before = self.entries
        self.meanwhile(action, match, **when)
        messages = self.run()
        self.server.faults.clear()
        assert self.unedited_wrong(before) == []
        return messages

    def unedited_wrong(self, entries: Iterable[Entry]) -> list[str]:
        live = {row["id"]: row for row in self.store.rows("time_entries", live=True)}
        return [
            f"{entry.id} of {entry.start}"
            for entry in entries
            if entry.id not in self.edited
            and (
                entry.id not in live
                or live[entry.id]["project_id"] != entry.project_id
                or live[entry.id]["duration_seconds"] != entry.seconds
            )
        ]

    def wrong(self) -> list[str]:
        return wrong_with(self.store, self.world, first=FIRST, streams=BOTH)

    def sums_agree(self) -> bool:
        """Whether the two tables come from the same reading."""
        sums = {stream: self.store.total(stream, "duration_decimal") for stream in BOTH}
        return abs(sums["summary"] - sums["time_entries"]) < 1e-9

    def pages(self) -> list[tuple[str, int]]:
        bodies = [json.loads(seen.body) for seen in self.server.requests.matching(DETAILED)]
        return [(body["dateRangeStart"][:10], body["detailedFilter"]["page"]) for body in bodies]
