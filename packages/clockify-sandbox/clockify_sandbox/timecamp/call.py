"""One request to the stand-in: who asks, for what, and in which form the answer goes out."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from clockify_sandbox.timecamp.model import Task, User
    from clockify_sandbox.timecamp.options import Options
    from clockify_sandbox.timecamp.world import World

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
BEARER = "Bearer "
MINUTE_SECONDS = 60
TRUE = ("1", "true")
NO_DATES = 'you must provide "from" and "to" date like 2013-03-20 '
"""The message of the contract's examples, with its last blank."""


class RefusedError(Exception):
    """A request that gets an answer other than 200."""

    def __init__(self, status: int, body: object) -> None:
        """Answer `status` with this body; a text becomes TimeCamp's object with a message."""
        super().__init__(str(body))
        self.status = status
        self.body = {"message": body} if isinstance(body, str) else body


@dataclass(frozen=True)
class Call:
    """A request of a known person, to be answered while the world's lock is held."""

    world: World
    options: Options
    user: User
    query: QueryParams
    path: dict[str, str]

    def number(self, value: int) -> int | str:
        """Write a number that is a string in the contract's examples."""
        return value if self.options.numbers == "integers" else str(value)

    def flag(self, name: str) -> bool:
        """Tell whether a parameter is set to "1" or "true"."""
        return self.query.get(name, "").lower() in TRUE

    def day(self, name: str) -> date | None:
        """Read a parameter as a day; None if it is missing or is no day."""
        return read_day(self.query.get(name, ""))

    def days(self, first: str = "from", last: str = "to") -> tuple[date, date] | None:
        """Read two parameters as days; None if one of them is missing."""
        pair = self.day(first), self.day(last)
        return (pair[0], pair[1]) if pair[0] and pair[1] else None

    def needed_days(self) -> tuple[date, date]:
        """Read `from` and `to`; without them the request is refused."""
        days = self.days()
        if days is None:
            raise RefusedError(400, NO_DATES)
        return days

    def ids(self, name: str) -> list[int] | None:
        """Read a parameter as a list of ids, where `me` is the asker; None if it is missing."""
        return read_ids(self.query[name], self.user.id) if self.query.get(name) else None

    @property
    def visible_users(self) -> dict[int, User]:
        """The people whose time the asker sees."""
        return self.world.users if self.user.is_admin else {self.user.id: self.user}

    def sees_task(self, task: Task) -> bool:
        """Tell whether the asker is assigned to a task or one above it, or sees all."""
        assigned = (self.user.id in each.user_ids for each in self.world.lineage(task.id))
        return self.user.is_admin or any(assigned)


class Api:
    """The stand-in's state beside its world: the switches, and the requests of the last minute."""

    def __init__(self, world: World, options: Options) -> None:
        """Serve this world."""
        self.world = world
        self.options = options
        self._recent: deque[float] = deque()

    def endpoint(
        self, handler: Callable[[Call], object]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Make a handler of calls one of requests."""

        async def serve(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                self._count(headers)
                with self.world.lock:
                    status, body = 200, handler(self._call(request))
            except RefusedError as refusal:
                status, body = refusal.status, refusal.body
            return answer(request, body, status, headers, php=self.options.empty_object_is_list)

        return serve

    def _call(self, request: Request) -> Call:
        given = request.headers.get("authorization", "")
        if not given.startswith(BEARER):
            raise RefusedError(401, "Missing authentication token")
        user_id = self.world.tokens.get(given.removeprefix(BEARER).strip())
        user = self.world.users.get(user_id or 0)
        if user is None or user.is_disabled:
            raise RefusedError(self.options.wrong_token_status, "Invalid authentication token")
        return Call(self.world, self.options, user, request.query_params, request.path_params)

    def _count(self, headers: dict[str, str]) -> None:
        """Refuse a request that is one too many in a minute."""
        limit = self.options.requests_per_minute
        if limit is None:
            return
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - MINUTE_SECONDS:
            self._recent.popleft()
        if len(self._recent) >= limit:
            if self.options.retry_after is not None:
                headers["Retry-After"] = str(self.options.retry_after)
            raise RefusedError(429, "Too many requests")
        self._recent.append(now)


def read_day(text: str) -> date | None:
    """Read a day as "YYYY-MM-DD"; None if the text is no day."""
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None


def read_ids(text: str, me: int = 0) -> list[int]:
    """Read ids that are separated by commas; what is no number is the id 0, which nobody has."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [me if part == "me" else int(part) if part.isdecimal() else 0 for part in parts]


def answer(
    request: Request,
    body: object,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    php: bool = True,
) -> Response:
    """Write an answer as JSON, or as XML if the request does not accept JSON."""
    if php:
        body = _as_php(body)
    if "application/json" in request.headers.get("accept", ""):
        text = json.dumps(body, ensure_ascii=False)
        return Response(text, status, headers, media_type="application/json")
    root = ET.Element("xml")
    _fill(root, body)
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True).decode()
    return Response(text, status, headers, media_type="application/xml")


def _as_php(body: object) -> object:
    """Replace empty objects by empty lists, which are the same thing to PHP."""
    match body:
        case dict():
            return {key: _as_php(value) for key, value in body.items()} if body else []
        case list():
            return [_as_php(value) for value in body]
    return body


def _fill(element: ET.Element, body: object) -> None:
    pairs: Iterable[tuple[str, object]]
    match body:
        case dict():
            pairs = body.items()
        case list():
            pairs = (("item", value) for value in body)
        case None:
            return
        case _:
            element.text = str(body)
            return
    for key, value in pairs:
        named = key.isidentifier()
        child = ET.SubElement(element, key if named else "item")
        if not named:
            child.set("key", key)
        _fill(child, value)
