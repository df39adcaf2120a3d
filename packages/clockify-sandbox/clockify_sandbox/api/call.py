"""From an HTTP request to a handler and back: authentication, limits, errors, JSON."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import HTMLResponse, Response

from clockify_sandbox.api import errors
from clockify_sandbox.api.errors import ApiError
from clockify_sandbox.api.late import Late
from clockify_sandbox.world.entry_edits import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from clockify_sandbox.api.limits import Limits
    from clockify_sandbox.api.options import Options
    from clockify_sandbox.resources.base import Host
    from clockify_sandbox.world.model import Membership, User
    from clockify_sandbox.world.world import Contents, World

T = TypeVar("T")
CACHED_RESULTS = 32
ADMINISTRATORS = ("OWNER", "WORKSPACE_ADMIN")
OVERSEERS = (*ADMINISTRATORS, "MANAGER")


class Cache:
    """Remembers the last results by key; with the workspace's version in the key none is stale."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._results: OrderedDict[object, Any] = OrderedDict()

    def get(self, key: object, compute: Callable[[], T]) -> T:
        """Return the remembered result, or compute and remember it."""
        if key in self._results:
            self._results.move_to_end(key)
            return self._results[key]  # type: ignore[no-any-return]
        result = self._results[key] = compute()
        while len(self._results) > CACHED_RESULTS:
            self._results.popitem(last=False)
        return result


@dataclass
class Api:
    """What all handlers share."""

    world: World
    options: Options
    limits: Limits
    cache: Cache = field(default_factory=Cache)
    late: Late = field(default_factory=Late)


@dataclass
class Call:
    """One authenticated request, with the caller and, below `/workspaces/{w}`, the workspace."""

    api: Api
    caller: User
    path: dict[str, str]
    query: QueryParams
    body: object
    workspace: Contents | None

    @property
    def world(self) -> World:
        """The world asked about."""
        return self.api.world

    @property
    def options(self) -> Options:
        """The stand-in's switches."""
        return self.api.options

    @property
    def contents(self) -> Contents:
        """The workspace of the path."""
        if self.workspace is None:
            raise errors.forbidden()
        return self.workspace

    @property
    def membership(self) -> Membership:
        """The caller's membership of the workspace."""
        return self.contents.members[self.caller.id]

    @property
    def administrates(self) -> bool:
        """Whether the caller sees everyone's data in the workspace."""
        return self.membership.role in ADMINISTRATORS

    @property
    def oversees(self) -> bool:
        """Whether the caller sees everyone's time entries."""
        return self.membership.role in OVERSEERS


@dataclass
class Reply:
    """A successful answer; with status 204 it has no body."""

    data: object
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


Handler = Callable[[Call], Reply]


def endpoint(
    api: Api, handler: Handler, *, host: Host = "core"
) -> Callable[[Request], Awaitable[Response]]:
    """Make a Starlette endpoint of a handler."""

    async def serve(request: Request) -> Response:
        raw = await request.body()
        try:
            with api.world.lock:
                call = _enter(api, request, raw, reports=host == "reports")
                reply = handler(call)
        except RefusedError as error:
            return refusal(errors.invalid(str(error)), api.options)
        except ApiError as error:
            if host == "audit":
                body = error.spring_body(request.url.path, api.world.now())
                return answer(body, status=error.status)
            return refusal(error, api.options)
        if reply.status == HTTPStatus.NO_CONTENT:
            return Response(status_code=reply.status, headers=reply.headers)
        return answer(reply.data, status=reply.status, headers=reply.headers)

    return serve


def answer(data: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Write an answer as JSON, as compactly as Clockify does."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(
        text.encode(), status_code=status, headers=headers, media_type="application/json"
    )


def refusal(error: ApiError, options: Options) -> Response:
    """Write an error as JSON, or with an empty body if the options say so."""
    headers: dict[str, str] = {}
    if error.status == errors.too_many().status:
        if options.retry_after is not None:
            headers["Retry-After"] = str(options.retry_after)
        if options.too_many_body == "empty":
            return Response(status_code=error.status, headers=headers)
        if options.too_many_body == "html":
            page = "<html><body><h1>429 Too Many Requests</h1></body></html>"
            return HTMLResponse(page, status_code=error.status, headers=headers)
    if error.status == errors.forbidden().status and options.forbidden_body == "empty":
        return Response(status_code=error.status)
    return answer(error.body(), status=error.status, headers=headers)


def _enter(api: Api, request: Request, raw: bytes, *, reports: bool) -> Call:
    key, caller = _authenticate(api.world, request)
    workspace_id = request.path_params.get("workspace_id")
    contents = api.world.workspaces.get(workspace_id) if workspace_id else None
    api.limits.check(key, contents.workspace if contents else None, reports=reports)
    if workspace_id and (contents is None or caller.id not in contents.members):
        raise errors.forbidden()
    return Call(api, caller, request.path_params, request.query_params, _json(raw), contents)


def _authenticate(world: World, request: Request) -> tuple[str, User]:
    key = request.headers.get("X-Api-Key")
    token = request.headers.get("X-Addon-Token")
    if bool(key) == bool(token):
        raise errors.no_credentials()
    if key:
        if key not in world.api_keys:
            raise errors.unknown_key()
        return key, world.users[world.api_keys[key]]
    if token not in world.addon_tokens:
        raise errors.bad_token()
    return token, world.users[world.addon_tokens[token]]


def _json(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise errors.unreadable_body("no JSON") from error
