"""Who is planned to work on what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import annotate, instant, midnight, next_working_day, toggle

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World

PER_PERSON = 3
AHEAD_DAYS = 45


def _assignments(making: Making) -> Iterator[Made]:
    rng = making.rng
    projects = [each for each in making.contents.projects.values() if not each.template]
    for user_id in making.people:
        for number in range(PER_PERSON):
            project = rng.choice(projects)
            tasks = making.contents.tasks_of(project.id)
            away = rng.randrange(-making.days, AHEAD_DAYS)
            first = next_working_day((making.now + timedelta(days=away)).date())
            last = first + timedelta(days=rng.randrange(5))
            at = min(making.now, midnight(first)) - timedelta(days=rng.randrange(1, 10))
            yield making.row(
                at,
                userId=user_id,
                projectId=project.id,
                taskId=rng.choice(tasks).id if tasks and number else None,
                billable=project.billable,
                hoursPerDay=rng.choice((2.0, 4.0, 7.5, 8.0)),
                period={"start": instant(midnight(first)), "end": instant(midnight(last))},
                startTime=rng.choice((None, "09:00:00", "13:30:00")),
                note=rng.choice((None, "", "Vor Ort, Köln")),
            )


def _assignment(world: World, contents: Contents, row: Json) -> Json:
    project = contents.projects[row["projectId"]]
    client = contents.clients.get(project.client_id or "")
    task = contents.tasks.get(row["taskId"] or "")
    return {
        **row,
        "userName": world.users[row["userId"]].name,
        "projectName": project.name,
        "projectColor": project.color,
        "projectArchived": project.archived,
        "projectBillable": project.billable,
        "clientId": client.id if client else None,
        "clientName": client.name if client else None,
        "taskName": task.name if task else None,
    }


def _in_period(call: Call, rows: Rows) -> Rows:
    first, last = (parameters.instant(tools.required(call, name)) for name in ("start", "end"))
    if first > last:
        message = f"Start datetime {first} is greater than end datetime {last}"
        raise errors.invalid(message)
    name = call.query.get("name", "").lower()
    return [
        row
        for row in rows
        if parameters.instant(row["period"]["start"]) <= last
        and parameters.instant(row["period"]["end"]) >= first
        and name in call.contents.projects[row["projectId"]].name.lower()
    ]


def _replan(_world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    shift = timedelta(days=rng.choice((-7, 1, 7)))
    moved = {key: parameters.instant(value) + shift for key, value in row["period"].items()}
    return {"period": {key: instant(value) for key, value in moved.items()}}


def _hand_over(_world: World, contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"userId": rng.choice(sorted(contents.members))}


def _lengthen(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"hoursPerDay": rng.choice((1.25, 3.0, 6.0))}


ASSIGNMENT = Resource(
    kind="scheduling_assignments",
    feature="SCHEDULING",
    document="SCHEDULED_ASSIGNMENT",
    make=_assignments,
    links=(
        Link("userId", "users", owned=True),
        Link("projectId", "projects", owned=True),
        Link("taskId", "tasks"),
    ),
    reads=(
        Read(
            "/scheduling/assignments/all",
            own="userId",
            select=_in_period,
            columns={
                "USER": lambda row: row["userId"],
                "PROJECT": lambda row: row["projectId"],
                "ID": lambda row: row["id"],
            },
        ),
    ),
    show=_assignment,
    copy=_replan,
    edits=(_replan, _hand_over, _lengthen, annotate("note"), toggle("billable")),
)
