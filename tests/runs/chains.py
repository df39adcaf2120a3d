"""Chains of runs with a budget of requests, each checked, with edits in between."""

from __future__ import annotations

import datetime as dt
import logging
import random
from typing import TYPE_CHECKING, Any

from clockify_sandbox.world import random_edits
from invariants import wanted, wrong_messages, wrong_with
from support import KEYS, NOW, UpsertStore, agency, differences, run_tap

if TYPE_CHECKING:
    import pytest
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
LOOKBACK = 14
FREE_CEILING = 30
NO_CEILING = 100_000
TIMES = ("summary", "time_entries")
LISTS = ("clients", "projects", "users")
SELECTIONS: dict[str, tuple[str, ...] | None] = {
    "all streams": None,
    "both streams of time": TIMES,
    "summary alone": ("summary",),
    "entries alone": ("time_entries",),
    "lists alone": LISTS,
}
WORKSPACES = {
    "a Free workspace": ("FREE", 1),
    "two Free workspaces": ("FREE", 2),
    "a paid workspace": ("STANDARD_2021", 1),
    "two paid workspaces": ("STANDARD_2021", 2),
}


class Chain:
    """Runs of one tap into one warehouse, each checked; the world's clock moves in between."""

    def __init__(
        self,
        serve: Serve,
        caplog: pytest.LogCaptureFixture,
        *,
        plan: str = "FREE",
        workspaces: int = 1,
        days: int = 300,
        select: tuple[str, ...] | None = None,
        seed: int = 1,
        **options: Any,
    ) -> None:
        """Serve an agency of which the whole history is to be extracted."""
        self.world = agency(
            plan=plan, workspaces=workspaces, days=days, people=3, entries_per_day=0.2, seed=seed
        )
        self.server = serve(self.world, **options)
        self.store = UpsertStore()
        self.messages: list[Message] = []
        self.first = (NOW - days * DAY).date()
        self.select = select
        self._caplog = caplog
        self._rng = random.Random(seed)  # noqa: S311 - made-up data, not a secret
        self._at_first = {
            name: list(contents.entries) for name, contents in self.world.workspaces.items()
        }
        caplog.set_level(logging.INFO)

    def run(self, per_hour: int | None, **config: Any) -> bool:
        """Run the tap with a budget, and return whether it was complete."""
        self._caplog.clear()
        self.server.requests.clear()
        self.messages = run_tap(
            self.server,
            self.store.state,
            self.select,
            **{
                "timezone": "UTC",
                "start_date": self.first.isoformat(),
                "lookback_days": LOOKBACK,
                "requests_per_hour": per_hour,
                "when_budget_spent": "stop",
                **config,
            },
        )
        self.store.apply(self.messages)
        assert wrong_messages(self.messages) == []
        if config.get("when_budget_spent") != "wait":
            assert self.server.requests.total <= (per_hour or NO_CEILING)
        assert self.not_read() == []
        said = [item.getMessage() for item in self._caplog.records]
        ends = [text for text in said if text.startswith(("Complete in", "Not complete in"))]
        assert len(ends) == 1
        is_complete = ends[0].startswith("Complete")
        spent = sum(text.startswith("The requests of this hour are used up.") for text in said)
        assert spent == (not is_complete), "a run that stops says so, once"
        return is_complete

    def edit(self, count: int) -> None:
        """Let an hour pass with edits; the feed shows all but those of the last minutes."""
        kinds = random_edits.EDITS
        self.world.clock.advance(40 * MINUTE)
        for _ in range(count):
            contents = self.world[self._rng.choice(sorted(self.world.workspaces))]
            self._rng.choices(list(kinds), list(kinds.values()))[0](self.world, contents, self._rng)
        self.world.clock.advance(25 * MINUTE)

    def wrong(self) -> list[str]:
        """Describe the differences from Clockify; old days keep the names from their reading."""
        return wrong_with(
            self.store,
            self.world,
            first=self.first,
            names_from=(self.world.now() - LOOKBACK * DAY).date(),
            streams=sorted(self.store.tables.keys() - {"sync_runs"}),
        )

    def bookmarks(self, stream: str) -> dict[str, str]:
        """Return the last day that a stream's bookmark covers, by workspace."""
        stored = self.store.state["bookmarks"].get(stream) or {}
        return {
            partition["context"]["workspace_id"]: partition["replication_key_value"][:10]
            for partition in stored.get("partitions") or ()
            if "replication_key_value" in partition
        }

    def not_read(self) -> list[str]:
        """List unmoved entries up to the bookmark that are not in the warehouse."""
        known = {row["id"] for row in self.store.rows("time_entries")}
        return [
            entry.id
            for workspace, day in self.bookmarks("time_entries").items()
            for entry in self._at_first[workspace]
            if self.first.isoformat() <= f"{entry.start:%Y-%m-%d}" <= day
            and self._is_in_place(entry)
            and entry.id not in known
        ]

    def _is_in_place(self, entry: Entry) -> bool:
        """Tell whether an entry was never moved; one that was may rightly be unseen."""
        found = self.world[entry.workspace_id].entries.get(entry.id)
        return found is not None and found.start == entry.start and found.end is not None


def rows_before_the_bookmark(chain: Chain, stream: str) -> list[str]:
    """Describe the differences up to the bookmark; running timers are read in every run."""
    last = chain.bookmarks(stream)

    def covered(row: dict[str, Any]) -> bool:
        return row["date"] <= last.get(row["workspace_id"], "") and not row.get("is_running")

    rows = wanted(chain.world, stream, first=chain.first)
    ours = [row for row in chain.store.rows(stream, live=True) if covered(row)]
    theirs = [{name: row[name] for name in KEYS[stream]} for row in rows if covered(row)]
    return differences(ours, theirs, KEYS[stream])
