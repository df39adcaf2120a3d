"""Misbehaviour on request, and edits that happen between two requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from clockify_sandbox.standin.journal import Match, matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.standin.journal import Seen

FaultKind = Literal[
    "429",
    "5xx",
    "5xx_after",
    "reset",
    "reset_before",
    "truncated",
    "malformed",
    "slow",
    "empty",
    "status",
]
KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass
class Fault:
    """A misbehaviour that is planned for some requests.

    The first `after` matching requests are answered normally, the next `times` (None: all) are not.
    A request is applied, so that a write takes effect, only by the kinds marked with a star.

    kind            what the client sees
    429             429 as the service answers it, with `Retry-After: retry_after` if that is set
    5xx             `status` (default 503) with an HTML body, as from a content delivery network
    5xx_after *     the same, after the request was applied
    status          `status` with `body` unchanged
    reset *         the connection is reset before any answer
    reset_before    the same, and nothing was applied
    truncated *     the head of the answer and half of its body, then the connection closes
    malformed       200 with a body that is not JSON
    slow *          the answer comes `seconds` late
    empty           200 without a body
    """

    kind: FaultKind
    match: Match = ""
    times: int | None = 1
    after: int = 0
    status: int = 503
    body: str = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
    seconds: float = 1.0
    retry_after: int | None = None
    matched: int = 0
    """Matching requests so far."""

    def strikes(self, seen: Seen) -> bool:
        """Count a request if it matches, and return whether the fault applies to it."""
        if not matches(self.match, seen):
            return False
        self.matched += 1
        turn = self.matched - self.after
        return turn > 0 and (self.times is None or turn <= self.times)


@dataclass
class Hook:
    """An action after the answer to a matching request is made and before it is sent."""

    action: Callable[[], object]
    match: Match = ""
    after: int = 1
    times: int | None = 1
    matched: int = 0

    def due(self, seen: Seen) -> bool:
        """Count a request if it matches, and return whether to act now."""
        if not matches(self.match, seen):
            return False
        self.matched += 1
        turn = self.matched - self.after
        return turn >= 0 and (self.times is None or turn < self.times)


class Faults:
    """The planned faults. If several apply to a request, the first one wins."""

    def __init__(self) -> None:
        """Start without faults."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []
        self.latency = 0.0
        """Seconds by which every answer is delayed, as over a slow network."""

    def add(
        self,
        kind: FaultKind,
        *,
        match: Match = "",
        times: int | None = 1,
        after: int = 0,
        status: int | None = None,
        body: str | None = None,
        seconds: float = 1.0,
        retry_after: int | None = None,
    ) -> Fault:
        """Plan a fault; see `Fault` for the kinds and numbers."""
        if kind not in KINDS:
            message = f"unknown fault {kind!r}: one of {', '.join(KINDS)}"
            raise ValueError(message)
        fault = Fault(kind, match, times, after, seconds=seconds, retry_after=retry_after)
        fault.status = status or fault.status
        fault.body = fault.body if body is None else body
        with self._lock:
            self._faults.append(fault)
        return fault

    def call(
        self,
        action: Callable[[], object],
        *,
        match: Match = "",
        after: int = 1,
        times: int | None = 1,
    ) -> Hook:
        """Do `action` when the `after`-th matching request is answered, and then `times` - 1 more.

        The answer is made before the action and sent after it, so the world changes exactly
        between this request and the next.
        """
        hook = Hook(action, match, after, times)
        with self._lock:
            self._hooks.append(hook)
        return hook

    def clear(self) -> None:
        """Drop all faults, hooks and the latency."""
        with self._lock:
            self._faults.clear()
            self._hooks.clear()
            self.latency = 0.0

    def strike(self, seen: Seen) -> Fault | None:
        """Find the fault that applies to a request; every planned fault counts the request."""
        with self._lock:
            striking = [fault for fault in self._faults if fault.strikes(seen)]
        return striking[0] if striking else None

    def due(self, seen: Seen) -> list[Hook]:
        """Find the hooks to call now that a request has been answered."""
        with self._lock:
            return [hook for hook in self._hooks if hook.due(seen)]
