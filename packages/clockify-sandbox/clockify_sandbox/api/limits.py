"""Clockify's rate limits: per second on a paid plan, per hour on Free."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors

if TYPE_CHECKING:
    from datetime import datetime

    from clockify_sandbox.api.options import Options
    from clockify_sandbox.world.model import Workspace
    from clockify_sandbox.world.world import World

HOUR = timedelta(hours=1)


class Limits:
    """Counts requests in rolling windows and refuses those above the limit."""

    def __init__(self, world: World, options: Options) -> None:
        """Start with nothing used up."""
        self._world = world
        self._options = options
        self._seconds: dict[str, deque[float]] = defaultdict(deque)
        self._hours: dict[str, deque[datetime]] = defaultdict(deque)

    def check(self, key: str, workspace: Workspace | None, *, reports: bool) -> None:
        """Count a request of `key`, or refuse it with 429 (which is not counted)."""
        if not self._options.enforce_rate_limits:
            return
        self._check_second(key)
        counted = self._options.free_limit_counts_reports or not reports
        if workspace is not None and workspace.plan.free and counted:
            self._check_hour(workspace.id)

    def _check_second(self, key: str) -> None:
        # Real time, since what matters is how fast the client really sends.
        now = time.monotonic()
        recent = self._seconds[key]
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= self._options.paid_requests_per_second:
            raise errors.too_many()
        recent.append(now)

    def _check_hour(self, workspace_id: str) -> None:
        # The world's time, so that a test can let an hour pass.
        now = self._world.now()
        recent = self._hours[workspace_id]
        while recent and recent[0] <= now - HOUR:
            recent.popleft()
        if len(recent) >= self._options.free_requests_per_hour:
            raise errors.too_many()
        recent.append(now)
