"""Clients, projects, tasks and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.subscription import Needs

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import Each, Whole, object_in
from tap_clockify.streams.base import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECTS = Listing(
    "/projects",
    params={"hydrated": "true", "sort-column": "ID"},
    # A hydrated project may have many tasks.
    page_sizes=(1000, 200, 50),
)
TASKS = Listing("/projects/{id}/tasks", per=PROJECTS, bulk="tasks")
OF_PROJECT = {"projectId": "id"}


def _project(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a project with its client's name and its first membership."""
    client = object_in(item, "client")
    streams = {"client", "tasks", "customFields", "memberships"}
    yield {
        **{key: value for key, value in item.items() if key not in streams},
        # Clockify sends an empty string for "no client".
        "clientId": item.get("clientId") or None,
        "clientName": client.get("name") or item.get("clientName") or None,
        "membership": next(filter(None, item.get("memberships") or ()), {}),
    }


class Clients(ListStream):
    """Clients, archived ones included."""

    name = "clients"
    listing = Listing("/clients")
    primary_keys = ("id",)
    identity = ("name",)


class Projects(ListStream):
    """Projects, archived ones and templates included."""

    name = "projects"
    field_values_of = "TIMEENTRY"
    listing = PROJECTS
    primary_keys = ("id",)
    identity = ("name",)
    rows = staticmethod(_project)


class ProjectMemberships(ListStream):
    """Members of each project, with their rates."""

    name = "project_memberships"
    listing = PROJECTS
    primary_keys = ("workspaceId", "projectId", "userId")
    rows = Each("memberships", OF_PROJECT)


class Tasks(ListStream):
    """Tasks of each project, finished ones included."""

    name = "tasks"
    listing = TASKS
    identity = ("projectId",)
    parent_column = "projectId"
    rows = Whole(without=("assigneeIds",), of_parent=OF_PROJECT)


class TaskAssignees(ListStream):
    """Which people are assigned to which task."""

    name = "task_assignees"
    listing = TASKS
    primary_keys = ("workspaceId", "taskId", "userId")
    identity = ("projectId",)
    parent_column = "projectId"
    rows = Each("assigneeIds", {"taskId": "id", "projectId": "projectId"}, id_column="userId")


class Tags(ListStream):
    """Tags, archived ones included."""

    name = "tags"
    # Everyone may read them, yet no number depends on them: a run can go without.
    listing = Listing("/tags", params={"sort-column": "ID"}, needs=Needs())
