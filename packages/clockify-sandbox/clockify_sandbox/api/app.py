"""The application: Clockify's core and reports hosts on one server, and control routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from clockify_sandbox.api import core, directory_writes, entry_writes, errors, feed, time_entries
from clockify_sandbox.api.call import Api, Handler, answer, endpoint
from clockify_sandbox.api.control import Control
from clockify_sandbox.api.detailed import detailed
from clockify_sandbox.api.limits import Limits
from clockify_sandbox.api.options import Options
from clockify_sandbox.api.summary import summary
from clockify_sandbox.resources import serving
from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.gateway import CONTROL_PREFIX
from clockify_sandbox.standin.journal import Journal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from clockify_sandbox.resources.base import Host
    from clockify_sandbox.world.world import World

CORE_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/user", core.current_user),
    ("GET", "/workspaces", core.workspaces),
    ("GET", "/workspaces/{workspace_id}", core.workspace),
    ("GET", "/workspaces/{workspace_id}/users", core.users),
    ("GET", "/workspaces/{workspace_id}/clients", core.clients),
    ("GET", "/workspaces/{workspace_id}/clients/{client_id}", core.client),
    ("GET", "/workspaces/{workspace_id}/projects", core.projects),
    ("GET", "/workspaces/{workspace_id}/projects/{project_id}", core.project),
    ("GET", "/workspaces/{workspace_id}/projects/{project_id}/tasks", core.tasks),
    ("GET", "/workspaces/{workspace_id}/projects/{project_id}/tasks/{task_id}", core.task),
    ("GET", "/workspaces/{workspace_id}/tags", core.tags),
    ("GET", "/workspaces/{workspace_id}/user/{user_id}/time-entries", time_entries.of_user),
    (
        "GET",
        "/workspaces/{workspace_id}/time-entries/status/in-progress",
        time_entries.in_progress,
    ),
    ("GET", "/workspaces/{workspace_id}/time-entries/{entry_id}", time_entries.one),
    ("POST", "/workspaces/{workspace_id}/clients", directory_writes.create_client),
    ("PUT", "/workspaces/{workspace_id}/clients/{client_id}", directory_writes.replace_client),
    ("POST", "/workspaces/{workspace_id}/projects", directory_writes.create_project),
    ("PUT", "/workspaces/{workspace_id}/projects/{project_id}", directory_writes.replace_project),
    (
        "POST",
        "/workspaces/{workspace_id}/projects/{project_id}/tasks",
        directory_writes.create_task,
    ),
    (
        "PUT",
        "/workspaces/{workspace_id}/projects/{project_id}/tasks/{task_id}",
        directory_writes.replace_task,
    ),
    ("POST", "/workspaces/{workspace_id}/tags", directory_writes.create_tag),
    ("PUT", "/workspaces/{workspace_id}/tags/{tag_id}", directory_writes.replace_tag),
    ("POST", "/workspaces/{workspace_id}/custom-fields", directory_writes.create_field),
    ("POST", "/workspaces/{workspace_id}/time-entries", entry_writes.create),
    ("PUT", "/workspaces/{workspace_id}/time-entries/{entry_id}", entry_writes.replace),
    ("DELETE", "/workspaces/{workspace_id}/time-entries/{entry_id}", entry_writes.delete),
    ("POST", "/workspaces/{workspace_id}/user/{user_id}/time-entries", entry_writes.create_for),
    ("PUT", "/workspaces/{workspace_id}/user/{user_id}/time-entries", entry_writes.replace_many),
    ("DELETE", "/workspaces/{workspace_id}/user/{user_id}/time-entries", entry_writes.delete_many),
    ("PATCH", "/workspaces/{workspace_id}/user/{user_id}/time-entries", entry_writes.stop),
    ("GET", "/workspaces/{workspace_id}/entities/created", feed.created),
    ("GET", "/workspaces/{workspace_id}/entities/updated", feed.updated),
    ("GET", "/workspaces/{workspace_id}/entities/deleted", feed.deleted),
)
BATCH_ROUTE = ("POST", "/workspaces/{workspace_id}/time-entries/batch", time_entries.batch)
REPORT_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/workspaces/{workspace_id}/reports/detailed", detailed),
    ("POST", "/workspaces/{workspace_id}/reports/summary", summary),
)


def create_app(
    world: World,
    options: Options | None = None,
    *,
    faults: Faults | None = None,
    journal: Journal | None = None,
) -> Starlette:
    """Make the application that serves a world.

    The core host answers under `/api/v1`, the reports host under `/report/v1`, as on a regional
    host, and under `/v1`, as on the global one; the audit log's host under `/auditlog/v1`.
    """
    options = options or Options()
    api = Api(world, options, Limits(world, options))
    control = Control(
        world,
        Faults() if faults is None else faults,
        Journal() if journal is None else journal,
    )
    # The batch route precedes the one for a single entry, whose path it would match.
    batch = (BATCH_ROUTE,) if options.batch else ()
    core_routes = (*batch, *CORE_ROUTES, *serving.routes("core"))
    routes: dict[Host, list[Route]] = {
        "core": [_route(api, *line, host="core") for line in core_routes],
        "reports": [
            _route(api, *line, host="reports")
            for line in (*REPORT_ROUTES, *serving.routes("reports"))
        ],
        "audit": [_route(api, *line, host="audit") for line in serving.routes("audit")],
    }
    return Starlette(
        routes=[
            Mount("/api/v1", routes=routes["core"]),
            Mount("/report/v1", routes=routes["reports"]),
            Mount("/v1", routes=routes["reports"]),
            Mount("/auditlog/v1", routes=routes["audit"]),
            Mount(CONTROL_PREFIX, routes=control.routes()),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method},
    )


def _route(api: Api, method: str, path: str, handler: Handler, *, host: Host) -> Route:
    return Route(path, endpoint(api, handler, host=host), methods=[method])


async def _not_found(request: Request, _error: Exception) -> Response:
    return answer(errors.no_route(request.url.path).body(), status=404)


async def _wrong_method(request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None)
    return answer(errors.wrong_method(request.method).body(), status=405, headers=headers)
