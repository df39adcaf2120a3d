"""Control routes for the demonstration of a mirror: open, edit and compare two workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from clockify_sandbox.world import truth
from clockify_sandbox.world.client_workspace import (
    CLIENT_KEY,
    FREELANCER_KEY,
    open_client_workspace,
    pair,
)
from clockify_sandbox.world.mirror_edits import mirror_edits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from clockify_sandbox.world.world import World

SHOWN = 5
"""Rows of each kind of difference that an answer contains."""


def routes(
    world: World,
) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """List the control routes: method, path, and what answers."""

    async def open_workspace(_request: Request) -> Response:
        return JSONResponse(described(world))

    async def edit(_request: Request) -> Response:
        return JSONResponse({"edits": mirror_edits(world)})

    async def report(_request: Request) -> Response:
        return Response(truth.as_json([compared(world)])[1:-1], media_type="application/json")

    return [
        ("POST", "/client-workspace", open_workspace),
        ("POST", "/mirror-edit", edit),
        ("GET", "/mirror-report", report),
    ]


def described(world: World) -> dict[str, object]:
    """Open the client's workspace if necessary, and say what is where."""
    with world.lock:
        open_client_workspace(world)
        both = pair(world)
        freelancer = world.users[both.freelancer_id]
        return {
            "agency": {
                "id": both.agency.workspace.id,
                "name": both.agency.workspace.name,
                "apiKey": world.api_key,
            },
            "client": {
                "id": both.workspace.workspace.id,
                "name": both.workspace.workspace.name,
                "apiKey": CLIENT_KEY,
            },
            "freelancer": {"id": freelancer.id, "name": freelancer.name, "apiKey": FREELANCER_KEY},
            "clientAtTheAgency": {"id": both.client.id, "name": both.client.name},
        }


def compared(world: World) -> truth.Row:
    """Compare the person's time for the client at the agency with that at the client's."""
    with world.lock:
        both = pair(world)
        found = truth.mirror_difference(
            world,
            both.agency.workspace.id,
            both.workspace.workspace.id,
            user_ids={both.freelancer_id: both.freelancer_id},
            client=both.client.id,
        )
    sides = {"entries": found.entries, "copies": found.copies, "natives": found.natives}
    return {
        "person": world.users[both.freelancer_id].name,
        "client": both.client.name,
        **{name: {"count": len(rows), "hours": _hours(rows)} for name, rows in sides.items()},
        "missing": {"count": len(found.missing), "first": found.missing[:SHOWN]},
        "surplus": {"count": len(found.surplus), "first": found.surplus[:SHOWN]},
        "equal": found.equal,
    }


def _hours(rows: list[truth.Row]) -> float:
    return sum(float(str(row["hours"])) for row in rows)
