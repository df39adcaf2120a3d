"""The stand-in for TimeCamp as an application, and at a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.gateway import CONTROL_PREFIX, Gateway
from clockify_sandbox.standin.journal import Journal
from clockify_sandbox.standin.listening import Listener
from clockify_sandbox.timecamp import (
    activity_api,
    custom_fields_api,
    directory_api,
    entries_api,
    rates_api,
)
from clockify_sandbox.timecamp.call import Api, Call, answer
from clockify_sandbox.timecamp.control import TimeCampControl
from clockify_sandbox.timecamp.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from clockify_sandbox.timecamp.world import World

PREFIX = "/timecamp"
API_PREFIX = f"{PREFIX}/third_party/api"
ROUTES: tuple[tuple[str, Callable[[Call], object]], ...] = (
    ("/me", directory_api.me),
    ("/users", directory_api.users),
    ("/user", directory_api.user),
    ("/user/{user_id}", directory_api.user),
    ("/user/{user_id}/setting", directory_api.settings),
    ("/group", directory_api.groups),
    ("/tasks", directory_api.tasks),
    ("/tag_list", directory_api.tag_lists),
    ("/attendance", directory_api.attendance),
    ("/approval", directory_api.approvals),
    ("/entries", entries_api.entries),
    ("/entries_deletions", entries_api.deletions),
    ("/entries_changes", entries_api.changes),
    ("/timer_running", entries_api.timer_running),
    ("/activity", activity_api.activities),
    ("/user/{ids}/rate", rates_api.of_users),
    ("/task/{ids}/rate", rates_api.of_tasks),
    ("/group/{ids}/rate", rates_api.of_groups),
    ("/v3/custom-fields/template/list", custom_fields_api.templates),
    ("/v3/custom-fields/values/resource/{id}/type/{type}", custom_fields_api.values),
)


class Server(Listener):
    """A running stand-in: its addresses, its world, its faults and its requests so far."""

    def __init__(self, world: World, options: Options | None = None, port: int = 0) -> None:
        """Bind a port (0: any free one); requests are answered once it is started."""
        self.world = world
        self.faults = Faults()
        self.requests = Journal()
        front = gateway(world, options, self.faults, self.requests)
        super().__init__(front, front.connections, port)

    @property
    def api_url(self) -> str:
        """The counterpart of `https://app.timecamp.com/third_party/api`."""
        return f"{self.url}{API_PREFIX}"


def gateway(
    world: World,
    options: Options | None = None,
    faults: Faults | None = None,
    journal: Journal | None = None,
) -> Gateway:
    """Make the application that serves a world, with all routes below `/timecamp`."""
    options = options or Options()
    faults = Faults() if faults is None else faults
    journal = Journal() if journal is None else journal
    api = Api(world, options)
    control = TimeCampControl(world, options, faults, journal)
    app = Starlette(
        routes=[
            Mount(API_PREFIX, routes=[Route(path, api.endpoint(each)) for path, each in ROUTES]),
            Mount(f"{PREFIX}{CONTROL_PREFIX}", routes=control.routes()),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method},
    )
    return Gateway(app, journal, faults)


def running(world: World, options: Options | None = None, port: int = 0) -> Server:
    """Make a server that answers in a thread for as long as it is used as a context."""
    return Server(world, options, port)


async def _not_found(request: Request, _error: Exception) -> Response:
    return answer(request, {"message": "Not found"}, 404)


async def _wrong_method(request: Request, _error: Exception) -> Response:
    return answer(request, {"message": "Method not allowed"}, 405)
