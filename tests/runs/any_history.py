"""A random history of edits and of runs that go wrong, of which good runs leave nothing.

Between runs, people edit entries of any age. Runs select streams in turn, have few requests,
another calendar or a key that sees less, fail in the middle, or are killed. The change feed
answers, refuses or says nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from clockify_sandbox.api import Options
from clockify_sandbox.server import running
from clockify_sandbox.world import edits, random_edits
from invariants import local_today, wrong_with
from support import NOW, UpsertStore, agency, run_tap

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from clockify_sandbox.server import Server
    from clockify_sandbox.world.world import Contents
    from support import Message

TIMES = ("summary", "time_entries")
LISTS = ("clients", "projects", "users")
SELECTIONS = ((*LISTS, *TIMES), TIMES, ("summary",), ("time_entries",), LISTS)
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland")
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
LOOKBACK = 10

UNSEEN = {"start", "end", "task", "task_id", "rate", "cost_rate"}
"""What no report shows that is grouped by day, and only the change feed reports.

A rate that changes the amount of a billable entry shows there.
"""


class AnyHistory:
    """An agency, a warehouse, and what happens to them."""

    def __init__(self, seed: int, *, plan: str = "STANDARD_2021", days: int = 120) -> None:
        """Set the scene; nothing has been extracted yet."""
        self.rng = random.Random(f"{plan} {seed}")  # noqa: S311 - made-up data, not a secret
        self.plan = plan
        self.world = agency(
            seed=seed % 20, people=4, days=days, entries_per_day=0.5, now=NOW, plan=plan
        )
        (self.home,) = self.world.workspaces
        self.feed = self.rng.choice(["on", "forbidden", "silent"])
        self.zone = self.rng.choice(ZONES)
        self.first = local_today(self.world, self.zone) - days * DAY + 5 * DAY
        self.store = UpsertStore()
        self.log: list[str] = [f"{plan}, {self.zone}, feed {self.feed}, from {self.first}"]
        self.server: Server

    def serving(self) -> AbstractContextManager[Server]:
        feed: Any = "on" if self.feed == "silent" else self.feed
        options = Options(
            feed=feed,
            enforce_rate_limits=False,
            tag_groups=self.rng.choice(["per_tag", "combined"]),
        )
        return running(self.world, options)

    @property
    def contents(self) -> Contents:
        return self.world.workspaces[self.home]

    def edit(self) -> None:
        """Make some edits, half of them of the whole history."""
        for _ in range(self.rng.randint(0, 4)):
            kinds = list(random_edits.EDITS)
            kind = self.rng.choices(kinds, list(random_edits.EDITS.values()))[0]
            said = self._old_edit() if self.rng.random() < 0.5 else None
            self.log.append(str(said or kind(self.world, self.contents, self.rng)))

    def _old_edit(self) -> str | None:
        stopped = [item for item in self.contents.entries if item.end is not None]
        entry = self.rng.choice(stopped)
        world, home, rng = self.world, self.home, self.rng
        match rng.randrange(6):
            case 0:
                edits.delete_entry(world, home, entry.id)
            case 1:
                edits.resize_entry(world, home, entry.id, rng.randint(60, 30_000))
            case 2:
                project = rng.choice([None, *self.contents.projects])
                edits.move_entry(world, home, entry.id, project)
            case 3:
                tags = rng.sample(sorted(self.contents.tags), 2)
                edits.retag_entry(world, home, entry.id, tags)
            case 4:
                edits.redate_entry(world, home, entry.id, NOW - rng.uniform(0, 115) * DAY)
            case 5:
                day = NOW - rng.randint(20, 110) * DAY
                edits.add_entry(world, home, world.owner_id, day, day + HOUR)
        return f"old edit of {entry.id} of {entry.start:%Y-%m-%d}"

    def bad_run(self) -> None:
        """Run in a way in which a run may go wrong."""
        rng = self.rng
        kind = rng.choice(["select", "spent", "zone", "demoted", "fault", "killed", "lookback"])
        select = rng.choice(SELECTIONS)
        self.log.append(f"run: {kind} {select} at {self.world.now():%m-%d %H:%M}")
        match kind:
            case "select":
                self.run(select)
            case "lookback":
                self.run(select, lookback_days=rng.choice([0, 3, 30]))
            case "spent":
                self.run(select, requests_per_hour=rng.randint(3, 25))
            case "zone":
                fails = rng.random() < 0.5
                self.run(select, fault=fails, timezone=rng.choice(ZONES))
            case "fault":
                self.run(select, fault=True)
            case "killed":
                self.run(select, killed=True)
            case "demoted":
                edits.set_member_role(self.world, self.home, self.world.owner_id, "MEMBER")
                self.run(select)
                edits.set_member_role(self.world, self.home, self.world.owner_id, "OWNER")

    def run(
        self,
        select: tuple[str, ...],
        *,
        fault: bool = False,
        killed: bool = False,
        **config: Any,
    ) -> bool:
        """Run the tap; a target merges what it wrote, unless it dies with a killed tap."""
        self.server.faults.clear()
        if self.feed == "silent":
            self.server.faults.add("status", match="/entities/", status=200, body="[]", times=None)
        if fault:
            match = self.rng.choice(
                ["/reports/detailed", "/reports/summary", "/users", "/entities/"]
            )
            after = self.rng.randint(1, 4)
            self.server.faults.add(
                "status", match=match, status=405, body="", times=None, after=after
            )
        messages: list[Message] = []
        is_good = False
        self.error = ""
        try:
            run_tap(
                self.server,
                self.store.state,
                select,
                into=messages,
                **{
                    "timezone": self.zone,
                    "start_date": self.first.isoformat(),
                    "lookback_days": LOOKBACK,
                    "when_budget_spent": "stop",
                    **config,
                },
            )
            is_good = True
        except ClockifyError as error:
            self.error = str(error)
        if not killed:
            self.store.apply(json.loads(json.dumps(messages)))
        self.log.append(
            f"  {'good' if is_good else 'failed'}, {self.server.requests.total} requests"
        )
        self.server.requests.clear()
        return is_good

    def wrong(self) -> list[str]:
        """Describe the differences between the tables and Clockify."""
        return wrong_with(
            self.store,
            self.world,
            timezone=self.zone,
            first=self.first,
            streams=(*LISTS, *TIMES),
            without=frozenset() if self.feed == "on" else frozenset(UNSEEN),
        )

    def play(self, steps: int) -> list[str]:
        """Play the history, then the good runs; return what is wrong afterwards."""
        with self.serving() as self.server:
            for _ in range(steps):
                self.edit()
                self.world.clock.advance(self.rng.choice([2, 25, 24 * 5]) * HOUR)
                self.bad_run()
            self.edit()
            good_runs = 14 if self.plan == "FREE" else 2
            for _ in range(good_runs):
                self.world.clock.advance(DAY if self.plan == "FREE" else 2 * HOUR)
                if not self.run(SELECTIONS[0]):
                    return [f"a good run failed: {self.error}"]
            return self.wrong()
