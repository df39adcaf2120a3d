"""Routes that control a stand-in and are not part of the service: edits, truth, faults, log."""

from __future__ import annotations

import json
import random
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from clockify_sandbox.standin.faults import Faults
    from clockify_sandbox.standin.journal import Journal


class Control(ABC):
    """The control routes of one stand-in."""

    def __init__(self, faults: Faults, journal: Journal) -> None:
        """Control these faults, and show this log."""
        self._faults = faults
        self._journal = journal

    @abstractmethod
    def about(self) -> dict[str, object]:
        """Return what a client needs, such as a key of the sandbox."""

    @abstractmethod
    def edit(self, rng: random.Random) -> str:
        """Make a random edit, and describe it in a sentence."""

    @abstractmethod
    def truth(self, asked: Mapping[str, str]) -> object:
        """Return what a table must hold, as values of Python.

        Raises:
            ValueError: There is no such table, or a day is no day.
        """

    def routes(self) -> list[Route]:
        """List the routes, to be mounted at `/_sandbox`."""
        return [
            Route("/health", self._health),
            Route("/edit", self._active(self._edit), methods=["POST"]),
            Route("/truth", self._active(self._truth)),
            Route("/faults", self._active(self._plan), methods=["POST"]),
            Route("/faults", self._active(self._behave), methods=["DELETE"]),
            Route("/requests", self._active(self._requests)),
        ]

    def _active(
        self, serve: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Count a request as use of the stand-in; only health checks are not."""

        async def counted(request: Request) -> Response:
            self._journal.touch()
            try:
                return await serve(request)
            except (KeyError, TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)

        return counted

    async def _health(self, _request: Request) -> Response:
        """Say that it is running, and for how long it has been idle."""
        return JSONResponse(
            {
                "status": "ok",
                "requests": self._journal.total,
                "idleSeconds": self._journal.idle_seconds,
                **self.about(),
            }
        )

    async def _edit(self, request: Request) -> Response:
        """Make `count` random edits; with a `seed`, the same ones in the same world."""
        asked = json.loads(await request.body() or b"{}")
        rng = random.Random(asked.get("seed"))  # noqa: S311 -- made-up data, not a secret
        edits = [self.edit(rng) for _ in range(int(asked.get("count", 1)))]
        return JSONResponse({"edits": edits})

    async def _truth(self, request: Request) -> Response:
        """Return what a table must hold."""
        text = json.dumps(self.truth(request.query_params), default=str, ensure_ascii=False)
        return Response(text, media_type="application/json")

    async def _plan(self, request: Request) -> Response:
        """Plan a fault: the arguments of `Faults.add` as an object."""
        asked = json.loads(await request.body())
        self._faults.add(asked.pop("kind"), **asked)
        return JSONResponse({"planned": True})

    async def _behave(self, _request: Request) -> Response:
        """Drop all planned faults."""
        self._faults.clear()
        return JSONResponse({"planned": False})

    async def _requests(self, request: Request) -> Response:
        """List the requests so far (with `match`, only those that match) and the counters."""
        seen = self._journal.matching(request.query_params.get("match", ""))
        return JSONResponse(
            {
                "total": self._journal.total,
                "peakPerSecond": self._journal.peak_per_second,
                "requests": [
                    {
                        "method": each.method,
                        "path": each.path,
                        "query": each.query,
                        "at": each.at,
                        "status": each.status,
                        "seconds": each.seconds,
                        "fault": each.fault,
                    }
                    for each in seen
                ],
            }
        )
