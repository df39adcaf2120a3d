"""Routes that control the stand-in and are not part of Clockify: edits, truth, faults, log."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clockify_sandbox.api import mirror_control
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world import truth
from clockify_sandbox.world.random_edits import random_edit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from clockify_sandbox.standin.faults import Faults
    from clockify_sandbox.standin.journal import Journal
    from clockify_sandbox.world.world import World

MANY_DAYS = (date(1970, 1, 2), date(9998, 12, 31))


class Control:
    """The control routes of one stand-in."""

    def __init__(self, world: World, faults: Faults, journal: Journal) -> None:
        """Control this world, its faults and its log."""
        self._world = world
        self._faults = faults
        self._journal = journal

    def routes(self) -> list[Route]:
        """List the routes, to be mounted at `/_sandbox`."""
        return [
            Route("/health", self._health),
            Route("/edit", self._active(self._edit), methods=["POST"]),
            Route("/truth", self._active(self._truth)),
            Route("/faults", self._active(self._plan), methods=["POST"]),
            Route("/faults", self._active(self._behave), methods=["DELETE"]),
            Route("/requests", self._active(self._requests)),
            *(
                Route(path, self._active(serve), methods=[method])
                for method, path, serve in mirror_control.routes(self._world)
            ),
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
                "workspaces": self._world.own_workspaces,
                "apiKey": self._world.api_key,
            }
        )

    async def _edit(self, request: Request) -> Response:
        """Make `count` random edits; with a `seed`, the same ones in the same world."""
        asked = json.loads(await request.body() or b"{}")
        rng = random.Random(asked.get("seed"))  # noqa: S311 -- made-up data, not a secret
        workspace_id = asked.get("workspaceId")
        edits = [
            random_edit(self._world, rng, workspace_id) for _ in range(int(asked.get("count", 1)))
        ]
        return JSONResponse({"edits": edits})

    async def _truth(self, request: Request) -> Response:
        """Return what a table must hold: `table`, `workspace`, `timezone`, `first`, `last`."""
        query = request.query_params
        with self._world.lock:
            workspace_id = query.get("workspace") or next(iter(self._world.workspaces))
            owner = self._world.owner.settings
            days = {
                "timezone": query.get("timezone") or (owner.time_zone if owner else "UTC"),
                "first": date.fromisoformat(query.get("first") or MANY_DAYS[0].isoformat()),
                "last": date.fromisoformat(query.get("last") or MANY_DAYS[1].isoformat()),
            }
            match query.get("table", "summary"):
                case "summary":
                    rows = truth.summary_rows(self._world, workspace_id, **days)  # type: ignore[arg-type]
                case "time_entries":
                    rows = truth.entry_rows(self._world, workspace_id, **days)  # type: ignore[arg-type]
                case "clients":
                    rows = truth.client_rows(self._world, workspace_id)
                case "projects":
                    rows = truth.project_rows(self._world, workspace_id)
                case "users":
                    rows = truth.user_rows(self._world, workspace_id)
                case "attendance":
                    rows = truth.attendance_rows(self._world, workspace_id, **days)  # type: ignore[arg-type]
                case other if other in resources():
                    rows = truth.object_rows(self._world, workspace_id, other)
                case other:
                    message = f"no such table: {other}"
                    raise ValueError(message)
        return Response(truth.as_json(rows), media_type="application/json")

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
                "writes": {
                    f"{method} {route}": count
                    for (method, route), count in sorted(self._journal.writes.items())
                },
                "requests": [
                    {
                        "method": each.method,
                        "path": each.path,
                        "query": each.query,
                        "body": each.body.decode(errors="replace"),
                        "at": each.at,
                        "status": each.status,
                        "seconds": each.seconds,
                        "fault": each.fault,
                    }
                    for each in seen
                ],
            }
        )
