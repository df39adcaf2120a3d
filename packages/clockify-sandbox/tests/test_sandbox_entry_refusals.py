"""Writes of entries that Clockify refuses: bad values, roles, plans, rules of the workspace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import build_empty, edits
from sandbox_support import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

START = datetime(2026, 8, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = {"start": "2026-08-10T09:00:00Z", "end": "2026-08-10T10:00:00Z"}
UNKNOWN = "0" * 24


class Office:
    """A workspace with its owner, a member and an entry of each."""

    def __init__(self, serve: Callable[..., Caller], world: World, options: Options) -> None:
        """Serve it to both."""
        self.world = world
        self.owner = serve(world, options)
        self.id = self.owner.workspace_id
        self.mia_id = edits.add_user(world, self.id, "Mia").id
        self.mia = self.owner.acting_as(self.mia_id)
        self.entries = {
            each: edits.add_entry(world, self.id, each, START, START + HOUR).id
            for each in (world.owner_id, self.mia_id)
        }

    @property
    def own(self) -> str:
        return self.entries[self.mia_id]

    @property
    def others(self) -> str:
        return self.entries[self.world.owner_id]

    def statuses(self, caller: Caller, entry_id: str, user_id: str) -> list[int]:
        """Try each way to write an entry of a person; the last one deletes it."""
        path, many = f"time-entries/{entry_id}", f"user/{user_id}/time-entries"
        answers = [
            caller.send("PUT", path, TIMES),
            caller.send("PUT", many, [{"id": entry_id, **TIMES}]),
            caller.send("POST", many, TIMES),
            caller.send("DELETE", many, **{"time-entry-ids": entry_id}),
        ]
        return [answer.status_code for answer in answers]


@pytest.fixture
def office(serve: Callable[..., Caller], empty: World) -> Office:
    return Office(serve, empty, Options())


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"start": "2026-08-10T10:00:01Z"}, 501, "is greater than end datetime"),
        ({"projectId": UNKNOWN}, 501, "Project doesn't belong to Workspace"),
        ({"tagIds": [UNKNOWN]}, 501, "Tag doesn't belong to Workspace"),
        ({"taskId": UNKNOWN}, 501, "Task doesn't belong to Workspace"),
        ({"description": "x" * 3001}, 501, "description"),
        ({"projectId": None}, 501, "null"),
        ({"start": "10 August"}, 3002, "start"),
        ({"start": "2026-08-10T09:00:00"}, 3002, "start"),
        ({"start": "2026-02-30T09:00:00Z"}, 3002, "start"),
        ({"type": "TIME_OFF"}, 3002, "type"),
        ({"billable": "yes"}, 3002, "billable"),
        ({"tagIds": "a"}, 3002, "tagIds"),
        ({"customFields": [{"value": 1}]}, 501, "customFieldId"),
    ],
)
def test_values_that_are_refused(
    office: Office, change: dict[str, Any], code: int, message: str
) -> None:
    before = office.world[office.id].version
    body = {**TIMES, **change}
    path = f"time-entries/{office.others}"
    for answer in (office.owner.post("time-entries", body), office.owner.send("PUT", path, body)):
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert message in answer.json()["message"]
    assert office.world[office.id].version == before


def test_longest_description(office: Office) -> None:
    body = {**TIMES, "description": "é" * 3000}
    assert office.owner.post("time-entries", body).status_code == 201


def test_an_entry_starts(office: Office) -> None:
    for method, path in (("POST", "time-entries"), ("PUT", f"time-entries/{office.others}")):
        answer = office.owner.send(method, path, {"end": TIMES["end"]})
        assert (answer.status_code, answer.json()["code"]) == (400, 501)


def test_nulls_may_count_as_left_out(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(null_keys="as_absent"))
    row = caller.post("time-entries", {**TIMES, "projectId": None, "description": None})
    assert row.status_code == 201


def test_ids_that_are_unknown_deleted_foreign_or_of_someone_else(office: Office) -> None:
    foreign = build_empty(now=NOW, seed=5)
    at = next(iter(foreign.workspaces))
    elsewhere = edits.add_entry(foreign, at, foreign.owner_id, START, START).id
    edits.delete_entry(office.world, office.id, office.others)
    many = f"user/{office.world.owner_id}/time-entries"
    for entry_id in (UNKNOWN, office.others, elsewhere):
        for method in ("PUT", "DELETE"):
            answer = office.owner.send(method, f"time-entries/{entry_id}", TIMES)
            assert (answer.status_code, answer.json()["code"]) == (400, 501)
    for entry_id in (UNKNOWN, office.own):
        bulk = [
            office.owner.send("PUT", many, [{"id": entry_id, **TIMES}]),
            office.owner.send("DELETE", many, **{"time-entry-ids": entry_id}),
        ]
        assert [answer.status_code for answer in bulk] == [400, 400]
    assert office.own in office.world[office.id].entries


def test_a_bulk_edit_needs_ids_and_a_list(office: Office) -> None:
    many = f"user/{office.world.owner_id}/time-entries"
    nameless = office.owner.send("PUT", many, [TIMES])
    assert nameless.json()["message"] == "Time entry id cannot have a null value"
    for body in ([], {}, [1]):
        assert office.owner.send("PUT", many, body).status_code == 400


def test_task_of_another_project(office: Office) -> None:
    film, shop = (edits.add_project(office.world, office.id, each) for each in ("Film", "Shop"))
    task = edits.add_task(office.world, office.id, film.id, "Cut")
    fitting = {**TIMES, "projectId": film.id, "taskId": task.id}
    assert office.owner.post("time-entries", fitting).status_code == 201
    for place in ({"projectId": shop.id}, {}):
        body = {**TIMES, "taskId": task.id, **place}
        answer = office.owner.post("time-entries", body)
        assert (answer.status_code, answer.json()["code"]) == (400, 501)


def test_a_private_project_is_for_its_members(office: Office) -> None:
    project = edits.add_project(office.world, office.id, "Secret")
    office.world.change(replace(project, public=False))
    body = {**TIMES, "projectId": project.id}
    path = f"user/{office.mia_id}/time-entries"
    sentence = f"USER with id {office.mia_id} doesn't belong to PROJECT with id {project.id}"
    for answer in (office.mia.post("time-entries", body), office.owner.post(path, body)):
        assert (answer.status_code, answer.json()["code"]) == (400, 501)
        assert answer.json()["message"] == sentence
    assert office.owner.post("time-entries", body).status_code == 201
    edits.set_project_members(office.world, office.id, project.id, [office.mia_id])
    assert office.mia.post("time-entries", body).status_code == 201


@pytest.mark.parametrize(("choice", "status"), [("accepted", 201), ("refused", 400)])
def test_archived_project(
    serve: Callable[..., Caller], empty: World, choice: Any, status: int
) -> None:
    caller = serve(empty, Options(archived_projects=choice))
    project = edits.add_project(empty, caller.workspace_id, "Old")
    edits.archive_project(empty, caller.workspace_id, project.id)
    assert caller.post("time-entries", {**TIMES, "projectId": project.id}).status_code == status


def test_member_writes_own_time_only(office: Office) -> None:
    assert office.statuses(office.mia, office.others, office.world.owner_id) == [403] * 4
    assert office.statuses(office.mia, office.own, office.mia_id) == [200, 200, 201, 200]
    assert office.statuses(office.owner, office.others, office.mia_id)[1:] == [400, 201, 400]


@pytest.mark.parametrize("allowed", [False, True])
def test_managers_write_if_that_is_enabled(
    serve: Callable[..., Caller], empty: World, *, allowed: bool
) -> None:
    office = Office(serve, empty, Options(managers_write=allowed))
    edits.set_member_role(empty, office.id, office.mia_id, "MANAGER")
    expected = [200, 200, 201, 200] if allowed else [403] * 4
    assert office.mia.get(f"user/{empty.owner_id}/time-entries").status_code == 200
    assert office.statuses(office.mia, office.others, empty.owner_id) == expected
    roles = office.mia.get("users", **{"include-roles": "true"}).json()
    mine = next(row["roles"] for row in roles if row["id"] == office.mia_id)
    assert [each["role"] for each in mine] == ["TEAM_MANAGER"]


def test_the_plan_must_include_time_for_others(serve: Callable[..., Caller]) -> None:
    office = Office(serve, build_empty(now=NOW, plan="FREE"), Options())
    refused = office.owner.post(f"user/{office.mia_id}/time-entries", TIMES)
    assert refused.status_code == 403
    assert "ADD_TIME_FOR_OTHERS" in refused.json()["message"]
    own = office.owner.post(f"user/{office.world.owner_id}/time-entries", TIMES)
    assert own.status_code == 201
    assert office.owner.post(f"user/{UNKNOWN}/time-entries", TIMES).status_code == 400
    fields = {**TIMES, "customFields": [{"customFieldId": UNKNOWN, "value": "x"}]}
    assert office.owner.post("time-entries", fields).status_code == 403


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("force_projects", "Project"),
        ("force_tasks", "Task"),
        ("force_tags", "Tag"),
        ("force_description", "Description"),
    ],
)
def test_what_a_workspace_demands(office: Office, rule: str, word: str) -> None:
    project = edits.add_project(office.world, office.id, "Film")
    task = edits.add_task(office.world, office.id, project.id, "Cut")
    tag = edits.add_tag(office.world, office.id, "a")
    full = {
        **TIMES,
        "projectId": project.id,
        "taskId": task.id,
        "tagIds": [tag.id],
        "description": "x",
    }
    edits.set_rules(office.world, office.id, **{rule: True})
    settings = office.owner.get("").json()["workspaceSettings"]
    flags = {key for key in settings if key.startswith("force") and settings[key]}
    assert [flag[5:].removesuffix("s") for flag in flags] == [word]
    assert office.owner.post("time-entries", full).status_code == 201
    lacking = office.owner.post("time-entries", TIMES)
    assert (lacking.status_code, lacking.json()["code"]) == (400, 501)
    assert lacking.json()["message"].startswith(f"Time entry couldn't be created. {word} is ")


@pytest.mark.parametrize("answer", [400, 403])
def test_locked_time_is_for_administrators(
    serve: Callable[..., Caller], empty: World, answer: Any
) -> None:
    office = Office(serve, empty, Options(locked_answer=answer, managers_write=True))
    edits.set_rules(empty, office.id, lock_before=START + HOUR)
    settings = office.owner.get("").json()["workspaceSettings"]
    assert settings["lockTimeEntries"] == "2026-08-10T10:00:00Z"
    assert office.mia.get(f"time-entries/{office.own}").json()["isLocked"] is True
    for role in ("MEMBER", "MANAGER"):
        edits.set_member_role(empty, office.id, office.mia_id, role)  # type: ignore[arg-type]
        assert office.statuses(office.mia, office.own, office.mia_id) == [answer] * 4
    edits.set_member_role(empty, office.id, office.mia_id, "WORKSPACE_ADMIN")
    assert office.statuses(office.mia, office.own, office.mia_id) == [200, 200, 201, 200]


def test_a_member_cannot_move_an_entry_into_locked_time(office: Office) -> None:
    edits.set_rules(office.world, office.id, lock_before=START)
    body = {**TIMES, "start": "2026-08-10T08:59:59Z"}
    path = f"time-entries/{office.own}"
    assert office.mia.send("PUT", path, body).status_code == 400
    assert office.mia.send("PUT", path, TIMES).status_code == 200
    assert office.world[office.id].entries[office.own].locked is False


def test_approved_entries_are_locked_whatever_their_date(office: Office) -> None:
    edits.approve_entry(office.world, office.id, office.own, "1" * 24)
    edits.set_rules(office.world, office.id, lock_before=None)
    assert office.mia.send("DELETE", f"time-entries/{office.own}").status_code == 400
    assert office.owner.send("PUT", f"time-entries/{office.own}", TIMES).status_code == 200
    assert office.world[office.id].entries[office.own].locked is True


def test_another_lock_date_unlocks(office: Office) -> None:
    for before, locked in ((START + HOUR, True), (START, False)):
        edits.set_rules(office.world, office.id, lock_before=before)
        assert office.world[office.id].entries[office.own].locked is locked


@pytest.mark.parametrize(
    ("choice", "status", "billable"),
    [("ignored", 201, False), ("forbidden", 403, None), ("accepted", 201, True)],
)
def test_only_administrators_may_decide_what_is_billable(
    serve: Callable[..., Caller], empty: World, choice: Any, status: int, *, billable: bool | None
) -> None:
    office = Office(serve, empty, Options(members_billable=choice))
    edits.set_rules(empty, office.id, only_admins_change_billable=True)
    project = edits.add_project(empty, office.id, "Film", billable=False)
    body = {**TIMES, "projectId": project.id, "billable": True}
    answer = office.mia.post("time-entries", body)
    assert answer.status_code == status
    assert answer.json().get("billable") is billable
    assert office.owner.post("time-entries", body).json()["billable"] is True
