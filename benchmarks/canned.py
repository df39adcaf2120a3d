"""A Clockify whose entries are computed by a formula: any number of them, at little cost.

Run as ``python -m benchmarks.canned ENTRIES DAYS``; it prints its port once it is listening.
Nothing is stored, so a million entries need no memory, and there is no rate limit.
"""

from __future__ import annotations

import datetime as dt
import functools
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    Json = dict[str, Any]

PEOPLE = 100
PROJECTS = 40
TAGS = 10
RATE = 9000
SECONDS_AN_HOUR = 3600
ONE_DAY = dt.timedelta(days=1)
WORKSPACE = "a" * 24


@contextmanager
def serving(entries: int, days: int) -> Iterator[str]:
    """Serve in a separate process; yield the address."""
    command = [sys.executable, "-m", "benchmarks.canned", str(entries), str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def first_day(days: int) -> dt.date:
    """Return the day of the first entry; the last one is today's."""
    return dt.datetime.now(dt.UTC).date() - (days - 1) * ONE_DAY


class Entries:
    """Entries that are spread evenly over days, people, projects and tags."""

    def __init__(self, count: int, days: int) -> None:
        """Make no entry yet."""
        self._count, self._days = count, days
        self._first = first_day(days)

    def between(self, body: Json) -> range:
        """Return the numbers of the entries in a report's range."""
        begin, end = (dt.date.fromisoformat(body[f"dateRange{k}"][:10]) for k in ("Start", "End"))
        return range(self._before(begin), self._before(end + ONE_DAY))

    def row(self, number: int) -> str:
        """Write an entry as JSON of the detailed report, directly, since there are many."""
        person, project, tag = number % PEOPLE, number * 7 % PROJECTS, number % TAGS
        seconds = _seconds(number)
        minutes = 60 * (7 + number % 10) + number * 13 % 60
        begin = f"{self.day(number)}T{_clock(minutes)}"
        end = f"{self.day(number)}T{_clock(minutes + seconds // 60)}"
        amount = seconds * RATE / SECONDS_AN_HOUR
        return (
            f'{{"_id":"65{number:022x}","description":"Worked on the thing number {number % 500}",'
            f'"userId":"{_id(1, person)}","timeInterval":{{"start":"{begin}Z","end":"{end}Z",'
            f'"duration":{seconds},"timeZone":"UTC","zonedStart":"{begin}","zonedEnd":"{end}",'
            f'"offStart":0,"offEnd":0}},"billable":true,"projectId":"{_id(2, project)}",'
            f'"projectName":"Project {project}","projectColor":"#FF9800",'
            f'"clientName":"Client {project // 4}","clientId":"{_id(3, project // 4)}",'
            f'"taskId":null,"tags":[{{"_id":"{_id(4, tag)}","name":"tag{tag}"}}],'
            f'"approvalRequestId":null,"type":"REGULAR","isLocked":false,"locked":false,'
            f'"customFields":null,"amount":{amount},"rate":{RATE},"earnedAmount":{amount},'
            f'"earnedRate":{RATE},"costAmount":0,"costRate":null,"currency":"EUR",'
            f'"userName":"Person {person}","userEmail":"person{person}@example.org"}}'
        )

    def day(self, number: int) -> dt.date:
        """Return the day of an entry."""
        return _day(self._first, number * self._days // self._count)

    def _before(self, day: dt.date) -> int:
        days = min(self._days, max(0, (day - self._first).days))
        return -(-days * self._count // self._days)


@functools.lru_cache(maxsize=1024)
def _day(first: dt.date, number: int) -> dt.date:
    return first + number * ONE_DAY


@functools.cache
def _id(kind: int, number: int) -> str:
    return f"{kind:012x}{number:012x}"


@functools.cache
def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def _seconds(number: int) -> int:
    return 900 + number % 17 * 300


def _detailed(entries: Entries, body: Json) -> tuple[bytes, bool]:
    numbers = entries.between(body)
    size = min(1000, body["detailedFilter"]["pageSize"])
    begin = (body["detailedFilter"]["page"] - 1) * size
    rows = ",".join([entries.row(number) for number in numbers[begin : begin + size]])
    totals = f'[{{"_id":"","totalTime":0,"entriesCount":{len(numbers)},"totalAmount":0}}]'
    page = f'{{"totals":{totals},"timeentries":[{rows}]}}'
    return page.encode(), begin + size >= len(numbers)


def _summary(entries: Entries, body: Json) -> Json:
    days: dict[str, dict[int, int]] = {}
    for number in entries.between(body):
        people = days.setdefault(str(entries.day(number)), {})
        people[number % PEOPLE] = people.get(number % PEOPLE, 0) + _seconds(number)
    groups = [
        {"_id": day, "name": day, "children": [_person(*item) for item in people.items()]}
        for day, people in days.items()
    ]
    return {"totals": [None], "groupOne": groups}


def _person(person: int, seconds: int) -> Json:
    amounts = [{"type": "EARNED", "value": seconds * RATE / SECONDS_AN_HOUR}]
    name = f"Person {person}"
    return {"_id": _id(1, person), "name": name, "duration": seconds, "amounts": amounts}


def main() -> None:
    """Serve until a signal comes."""
    # Imported here, since the process that starts this server does not need its libraries.
    import uvicorn  # noqa: PLC0415
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.responses import Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    entries = Entries(int(sys.argv[1]), int(sys.argv[2]))

    def answer(body: object, *, is_last: bool = True) -> Response:
        headers = {"Last-Page": "true" if is_last else "false"}
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return Response(content, media_type="application/json", headers=headers)

    async def detailed(request: Request) -> Response:
        body, is_last = _detailed(entries, msgspec.json.decode(await request.body()))
        return answer(body, is_last=is_last)

    async def summary(request: Request) -> Response:
        return answer(_summary(entries, msgspec.json.decode(await request.body())))

    async def user(_: Request) -> Response:
        return answer({"id": _id(1, 0), "settings": {"timeZone": "UTC"}})

    async def workspaces(_: Request) -> Response:
        plan = {"featureSubscriptionType": "PRO", "features": ["UNLIMITED_REPORTS"]}
        return answer([{"id": WORKSPACE, "name": "Workspace", **plan}])

    async def empty(_: Request) -> Response:
        return answer([])

    reports = "/report/v1/workspaces/{workspace}/reports"
    routes = [
        Route("/api/v1/user", user),
        Route("/api/v1/workspaces", workspaces),
        Route("/api/v1/workspaces/{rest:path}", empty),
        Route(f"{reports}/detailed", detailed, methods=["POST"]),
        Route(f"{reports}/summary", summary, methods=["POST"]),
    ]
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - read by the process that started it
    config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
