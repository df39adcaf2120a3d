"""The sandbox's Clockify in a separate process, whose answers take only its latency.

Answers are cached until the world changes, so that repeated runs wait for the latency and not for
the stand-in's own computing. Rate limits are still enforced.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import Options
from clockify_sandbox.api.call import refusal
from clockify_sandbox.api.errors import ApiError
from clockify_sandbox.api.limits import Limits
from clockify_sandbox.server import Server
from clockify_sandbox.world import build_agency, edits
from clockify_sandbox.world.random_edits import random_edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from clockify_sandbox.world import World
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DAYS = 84
ENTRIES_A_DAY = 4
LATENCY = 0.15
PER_SECOND = 50


@dataclass(frozen=True)
class Seen:
    """What the stand-in saw of a run."""

    requests: int
    peak: int
    """Most requests in any second."""
    refused: int
    """Answers other than 200."""
    first_at: float
    last_at: float
    """When the first request came and when the last answer was sent."""
    chain: int
    """Length of the longest chain of requests, each sent after the answer to the one before."""
    sources: dict[str, int]
    """Number of requests by the end of their path."""


class StandIn:
    """A handle on the stand-in's process."""

    def __init__(self, pipe: Connection) -> None:
        """Wait until it is listening."""
        self._pipe = pipe
        self.config: dict[str, Any] = pipe.recv()
        self.workspace: str = self.config.pop("workspace")

    def move_to(self, now: dt.datetime) -> None:
        """Set the world's clock."""
        self._ask("move_to", now)

    def work_a_day(self, until: dt.datetime, changes: int) -> None:
        """Let everyone track a day's entries and some edit old ones, a while before ``until``."""
        self._ask("work_a_day", until, changes)

    def seen(self) -> Seen:
        """Return what was requested since the last call."""
        answer: Seen = self._ask("seen")
        return answer

    def _ask(self, what: str, *arguments: object) -> Any:
        self._pipe.send((what, *arguments))
        return self._pipe.recv()


@contextmanager
def serving(
    people: int,
    now: dt.datetime,
    *,
    plan: str = "STANDARD_2021",
    latency: float = LATENCY,
    per_second: int = PER_SECOND,
) -> Iterator[StandIn]:
    """Serve an agency whose clock is frozen at ``now``."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    arguments = (theirs, people, now, plan, latency, per_second)
    process = context.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    try:
        yield StandIn(ours)
    finally:
        ours.send(("end",))
        process.join()


class _Remembering:
    """ASGI middleware between the gateway and the application that caches answers."""

    def __init__(self, app: ASGIApp, world: World, options: Options) -> None:
        self._app = app
        self._world = world
        self._options = options
        self._limits = Limits(world, options)
        self._answers: dict[object, list[Message]] = {}
        self._versions: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await receive()
        versions = [contents.version for contents in self._world.workspaces.values()]
        if versions != self._versions:
            self._answers, self._versions = {}, versions
        try:
            self._check(scope["path"])
        except ApiError as error:
            await refusal(error, self._options)(scope, receive, send)
            return
        key = scope["method"], scope["path"], scope["query_string"], request.get("body")
        if key not in self._answers:
            self._answers[key] = await self._answer(scope, request)
        for message in self._answers[key]:
            await send(message)

    def _check(self, path: str) -> None:
        workspace_id = path.partition("/workspaces/")[2].partition("/")[0]
        contents = self._world.workspaces.get(workspace_id)
        workspace = contents.workspace if contents else None
        self._limits.check("key", workspace, reports=path.startswith("/report/"))

    async def _answer(self, scope: Scope, request: Message) -> list[Message]:
        messages: list[Message] = []

        async def receive() -> Message:
            return request

        async def send(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        return messages


class _Played:
    """The world and its server, in the stand-in's process."""

    def __init__(
        self, people: int, now: dt.datetime, plan: str, latency: float, per_second: int
    ) -> None:
        self._world = build_agency(
            people=people, days=DAYS, now=now, plan=plan, entries_per_day=ENTRIES_A_DAY
        )
        self._home = next(iter(self._world.workspaces))
        self.server = Server(self._world, Options(enforce_rate_limits=False))
        self.server.faults.latency = latency
        gateway = self.server._gateway  # noqa: SLF001 - the sandbox has no public way yet
        limited = Options(paid_requests_per_second=per_second)
        gateway._app = _Remembering(gateway._app, self._world, limited)  # noqa: SLF001

    @property
    def config(self) -> dict[str, Any]:
        return {
            "workspace": self._home,
            "api_key": self._world.api_key,
            "api_url": self.server.api_url,
            "reports_url": self.server.reports_url,
        }

    def move_to(self, now: dt.datetime) -> None:
        self._world.clock.set(now)

    def work_a_day(self, until: dt.datetime, changes: int) -> None:
        rng = random.Random(changes)  # noqa: S311 - made-up data, not a secret
        self._world.clock.set(until - dt.timedelta(hours=2))
        begin = until - dt.timedelta(hours=12)
        projects = sorted(self._world[self._home].projects)
        members = self._world[self._home].members.values()
        for member in [member for member in members if member.status == "ACTIVE"]:
            for number in range(ENTRIES_A_DAY):
                start = begin + dt.timedelta(hours=2 * number)
                end = start + dt.timedelta(minutes=rng.randrange(10, 120))
                project = rng.choice(projects)
                edits.add_entry(
                    self._world, self._home, member.user_id, start, end, project_id=project
                )
        for _ in range(changes):
            random_edit(self._world, rng, self._home)
        self._world.clock.set(until)

    def seen(self) -> Seen:
        journal = self.server.requests
        every = sorted(journal, key=lambda seen: seen.at)
        found = Seen(
            requests=journal.total,
            peak=journal.peak_per_second,
            refused=sum(seen.status != 200 for seen in every),  # noqa: PLR2004
            first_at=every[0].at if every else 0.0,
            last_at=max((seen.at + seen.seconds for seen in every), default=0.0),
            chain=_longest_chain([(seen.at, seen.at + seen.seconds) for seen in every]),
            sources=dict(Counter(seen.path.rpartition("/")[2] for seen in every)),
        )
        journal.clear()
        return found


def _longest_chain(spans: list[tuple[float, float]]) -> int:
    """Return the most spans that follow each other without overlap."""
    chain, end = 0, 0.0
    for begin, ended in sorted(spans, key=lambda span: span[1]):
        if begin >= end:
            chain, end = chain + 1, ended
    return chain


def _serve(
    pipe: Connection, people: int, now: dt.datetime, plan: str, latency: float, per_second: int
) -> None:
    played = _Played(people, now, plan, latency, per_second)
    played.server.start()
    pipe.send(played.config)
    while True:
        what, *arguments = pipe.recv()
        if what == "end":
            break
        pipe.send(getattr(played, what)(*arguments))
    played.server.stop()
