"""The stand-in for Google Health as an application, and at a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router

from clockify_sandbox.google_health import api, errors, oauth
from clockify_sandbox.google_health.api import Api, Call
from clockify_sandbox.google_health.control import HealthControl
from clockify_sandbox.google_health.options import Options
from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.gateway import CONTROL_PREFIX, Gateway
from clockify_sandbox.standin.journal import Journal
from clockify_sandbox.standin.listening import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from clockify_sandbox.google_health.world import World

PREFIX = "/google-health"
ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
POINTS = "/users/{user}/dataTypes/{type}/dataPoints"
READS: tuple[tuple[str, Callable[[Call], Response | api.Json]], ...] = (
    ("/users/{user}/identity", api.identity),
    ("/users/{user}/settings", api.settings),
    ("/users/{user}/pairedDevices", api.paired_devices),
    (POINTS, api.listed),
    (f"{POINTS}:reconcile", api.reconciled),
    (f"{POINTS}/{{id}}", api.one),
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
        """The counterpart of `https://health.googleapis.com/v4`."""
        return f"{self.url}{PREFIX}/v4"

    @property
    def token_url(self) -> str:
        """The counterpart of `https://oauth2.googleapis.com/token`."""
        return f"{self.url}{PREFIX}/token"

    @property
    def auth_url(self) -> str:
        """The counterpart of `https://accounts.google.com/o/oauth2/v2/auth`."""
        return f"{self.url}{PREFIX}/auth"


def gateway(
    world: World,
    options: Options | None = None,
    faults: Faults | None = None,
    journal: Journal | None = None,
) -> Gateway:
    """Make the application that serves a world, with all routes below `/google-health`."""
    options = options or Options()
    faults = Faults() if faults is None else faults
    journal = Journal() if journal is None else journal
    served = Api(world, options)

    async def consent(request: Request) -> Response:
        return oauth.consent(world, options, request.query_params)

    async def token(request: Request) -> Response:
        return oauth.token(world, options, request.headers, await request.body())

    reads = [Route(path, served.endpoint(each)) for path, each in READS]
    rolled = Route(f"{POINTS}:dailyRollUp", served.endpoint(api.daily_roll_up), methods=["POST"])
    control = HealthControl(world, faults, journal)
    app = Starlette(
        routes=[
            Mount(f"{PREFIX}/v4", Router([*reads, rolled], redirect_slashes=False)),
            Route(f"{PREFIX}/auth", consent),
            Route(f"{PREFIX}/token", token, methods=["POST"]),
            Route(f"{PREFIX}/fitbit", _gone, methods=ANY_METHOD),
            Route(f"{PREFIX}/fitbit/{{rest:path}}", _gone, methods=ANY_METHOD),
            Mount(f"{PREFIX}{CONTROL_PREFIX}", routes=control.routes()),
        ],
        exception_handlers={404: _not_found, 405: _not_found},
    )
    # Google does not know an address with one slash more, so nothing may lead away from it.
    app.router.redirect_slashes = False
    return Gateway(app, journal, faults, too_many=errors.exhausted().body())


def running(world: World, options: Options | None = None, port: int = 0) -> Server:
    """Make a server that answers in a thread for as long as it is used as a context."""
    return Server(world, options, port)


async def _not_found(_request: Request, _error: Exception) -> Response:
    refusal = errors.not_found("Method not found.")
    return JSONResponse(refusal.body(), refusal.code)


async def _gone(_request: Request) -> Response:
    """Answer as Fitbit's own API does since 2 November 2026."""
    return JSONResponse({"errors": [{"errorType": "gone", "message": "Gone"}]}, 410)
