"""The requests to the stand-in: a log, with counters for tests and benchmarks."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT_REQUESTS = 20_000
HOST = re.compile(r"^/(api/|report/|auditlog/)?v1(?=/)")
ID = re.compile(r"(?<=/)[0-9a-f]{24}(?=/|$)")
WRITTEN = re.compile(r"/(time-entries|clients|projects|tasks|tags|custom-fields)(/\{id\})?$")


@dataclass
class Seen:
    """One request and its outcome. Times are in seconds."""

    method: str
    path: str
    query: str
    body: bytes
    at: float = field(default_factory=time.time)
    status: int | None = None
    seconds: float = 0.0
    fault: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Method, path and query in one line, to match patterns against."""
        return f"{self.method} {self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def route(self) -> str:
        """The path below the host, with `{id}` for each id."""
        return ID.sub("{id}", HOST.sub("", self.path))

    @property
    def writes(self) -> bool:
        """Whether this asks for a change; some lists are asked for by POST and change nothing."""
        return self.method != "GET" and WRITTEN.search(self.route) is not None


Match = str | Callable[[Seen], bool]
"""A regular expression that is searched in a request's line, or a predicate."""


def matches(match: Match, seen: Seen) -> bool:
    """Tell whether a request matches."""
    return bool(re.search(match, seen.line)) if isinstance(match, str) else match(seen)


class Journal:
    """The requests served, newest last; only the last ones are kept, but all are counted."""

    def __init__(self) -> None:
        """Start with an empty log."""
        self._lock = threading.Lock()
        self._seen: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self._recent: deque[float] = deque()
        self.total = 0
        self.peak_per_second = 0
        self.writes: Counter[tuple[str, str]] = Counter()
        """Requests for a change by method and route, whatever came of them."""
        self.last_at = time.time()

    def __len__(self) -> int:
        """Count all requests, including those that are no longer kept."""
        return self.total

    def __iter__(self) -> Iterator[Seen]:
        """Iterate over the requests kept."""
        with self._lock:
            return iter(list(self._seen))

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last request that counts as use."""
        return time.time() - self.last_at

    def touch(self) -> None:
        """Note that somebody is using the stand-in."""
        self.last_at = time.time()

    def add(self, seen: Seen) -> None:
        """Note that a request has come in."""
        now = time.monotonic()
        with self._lock:
            self.total += 1
            if seen.writes:
                self.writes[seen.method, seen.route] += 1
            self.last_at = seen.at
            self._seen.append(seen)
            self._recent.append(now)
            while self._recent[0] <= now - 1:
                self._recent.popleft()
            self.peak_per_second = max(self.peak_per_second, len(self._recent))

    def matching(self, match: Match) -> list[Seen]:
        """List the kept requests that match."""
        return [seen for seen in self if matches(match, seen)]

    def count(self, match: Match) -> int:
        """Count the kept requests that match."""
        return len(self.matching(match))

    def clear(self) -> None:
        """Forget all requests and counters."""
        with self._lock:
            self._seen.clear()
            self._recent.clear()
            self.total = 0
            self.peak_per_second = 0
            self.writes.clear()
