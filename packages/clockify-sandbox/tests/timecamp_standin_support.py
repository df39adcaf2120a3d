"""What the tests of the stand-in for TimeCamp share: a fixed time, and a client."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
from clockify_sandbox.timecamp import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import Options, Server, World

NOW = datetime(2026, 8, 14, 15, 0, tzinfo=UTC)
ALL_DAYS = {"from": "2000-01-01", "to": "2099-12-31"}


class Caller:
    """Calls the stand-in, by default as the first administrator."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        """Call as the owner of a token."""
        self.server = server
        self.world = server.world
        self.headers = {
            "Authorization": f"Bearer {token or server.world.api_key}",
            "Accept": "application/json",
        }

    def acting_as(self, user_id: int) -> Caller:
        return Caller(self.server, self.world.token_of(user_id))

    def ask(self, path: str, query: Any = None, **headers: str) -> requests.Response:
        return requests.get(
            f"{self.server.api_url}/{path}",
            params=query,
            headers={**self.headers, **headers},
            timeout=30,
        )

    def get(self, path: str, **query: Any) -> Any:
        """Get what must be there."""
        answer = self.ask(path, query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def entries(self, **query: Any) -> list[Any]:
        """List entries, by default of all days."""
        days = {} if "modify_from" in query else ALL_DAYS
        return list(self.get("entries", **{**days, **query}))

    def ids(self, **query: Any) -> list[int]:
        return [row["id"] for row in self.entries(**query)]

    def control(self, method: str, path: str, **arguments: Any) -> requests.Response:
        url = f"{self.server.url}/timecamp/_sandbox/{path}"
        return requests.request(method, url, timeout=30, **arguments)


@contextmanager
def calling(world: World, options: Options | None = None) -> Iterator[Caller]:
    """Serve a world, and call it."""
    with running(world, options) as server:
        yield Caller(server)
