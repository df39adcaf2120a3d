"""Entries written over the API: what each route does, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

START = datetime(2026, 8, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = {"start": "2026-08-10T09:00:00Z", "end": "2026-08-10T10:30:00Z"}


@pytest.fixture
def caller(serve: Callable[..., Caller], empty: World) -> Caller:
    return serve(empty)


def entry_of(caller: Caller, **fields: Any) -> str:
    """Make an entry of the key's owner, and return its id."""
    world = caller.world
    made = edits.add_entry(
        world, caller.workspace_id, world.owner_id, START, START + HOUR, **fields
    )
    return made.id


def running(caller: Caller) -> list[str]:
    return [entry.id for entry in caller.contents.entries.running()]


def test_an_entry_is_created_with_all_that_was_sent(caller: Caller) -> None:
    world, w = caller.world, caller.workspace_id
    project = edits.add_project(world, w, "Film", hourly_rate=20000)
    task = edits.add_task(world, w, project.id, "Cut")
    tags = [edits.add_tag(world, w, name).id for name in ("b", "a")]
    body = {
        **TIMES,
        "projectId": project.id,
        "taskId": task.id,
        "tagIds": tags,
        "description": "Scene 1",
        "billable": True,
        "type": "BREAK",
    }
    answer = caller.post("time-entries", body)
    assert answer.status_code == 201
    row = answer.json()
    interval = row.pop("timeInterval")
    assert interval == {**TIMES, "duration": "PT1H30M"}
    sent = {key: value for key, value in body.items() if key not in TIMES}
    assert {key: row[key] for key in sent} == sent
    assert row["userId"] == world.owner_id
    assert not {"hourlyRate", "costRate", "approvalRequestId"} & set(row)
    made = caller.contents.entries[row["id"]]
    assert (made.hourly_rate, made.currency) == (20000, "EUR")
    world.clock.advance(timedelta(seconds=1))
    feed = caller.get("entities/created", type="TIME_ENTRY", page=0).json()
    assert [each["id"] for each in feed] == [made.id]


def test_an_entry_is_not_billable_unless_the_body_says_so(caller: Caller) -> None:
    row = caller.post("time-entries", {**TIMES, "customFieldValues": [{"value": 1}]}).json()
    assert (row["billable"], row["customFieldValues"], row["type"]) == (False, [], "REGULAR")
    assert (row["description"], row["tagIds"], row["projectId"]) == ("", None, None)


def test_times_are_kept_in_utc_and_whole_seconds(caller: Caller) -> None:
    body = {"start": "2026-08-10T11:00:00.900+02:00", "end": "2026-08-10T09:00:01.999Z"}
    interval = caller.post("time-entries", body).json()["timeInterval"]
    assert interval["start"] == "2026-08-10T09:00:00Z"
    assert interval["duration"] == "PT1S"


def test_starting_a_timer_stops_the_other_one(caller: Caller) -> None:
    first, second = (
        caller.post("time-entries", {"start": f"2026-08-14T14:0{n}:00Z"}).json()["id"]
        for n in (0, 1)
    )
    assert running(caller) == [second]
    assert caller.contents.entries[first].end == caller.world.now()


def test_an_entry_that_becomes_a_timer_stops_the_other_one(caller: Caller) -> None:
    entry_id = entry_of(caller)
    caller.post("time-entries", {"start": TIMES["start"]})
    caller.send("PUT", f"time-entries/{entry_id}", {"start": TIMES["start"]})
    assert running(caller) == [entry_id]


def test_put_leaves_a_day_off_what_it_is(caller: Caller) -> None:
    entry_id = entry_of(caller, type="TIME_OFF")
    assert caller.send("PUT", f"time-entries/{entry_id}", TIMES).json()["type"] == "TIME_OFF"


def test_put_clears_what_it_leaves_out(caller: Caller) -> None:
    w = caller.workspace_id
    project = edits.add_project(caller.world, w, "Film")
    tag = edits.add_tag(caller.world, w, "a")
    entry_id = entry_of(
        caller, project_id=project.id, tag_ids=[tag.id], description="x", billable=True
    )
    answer = caller.send("PUT", f"time-entries/{entry_id}", TIMES)
    assert answer.status_code == 200
    entry = caller.contents.entries[entry_id]
    assert (entry.project_id, entry.tag_ids, entry.description, entry.billable) == (
        None,
        (),
        "",
        False,
    )
    assert entry.seconds == 5400
    caller.send("PUT", f"time-entries/{entry_id}", {"start": TIMES["start"]})
    assert running(caller) == [entry_id]


def test_put_may_keep_what_it_leaves_out(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(replaced_keys="kept"))
    entry_id = entry_of(caller, description="x", billable=True)
    before = caller.contents.entries[entry_id]
    body = {"start": "2026-08-10T08:00:00Z"}
    assert caller.send("PUT", f"time-entries/{entry_id}", body).status_code == 200
    entry = caller.contents.entries[entry_id]
    assert (entry.description, entry.billable, entry.end) == ("x", True, before.end)
    assert entry.start == START - HOUR


def test_another_project_means_another_rate_and_the_same_one_does_not(caller: Caller) -> None:
    w = caller.workspace_id
    film, shop = (edits.add_project(caller.world, w, name) for name in ("Film", "Shop"))
    edits.change_rate(caller.world, w, "project", 5000, project_id=film.id)
    entry_id = entry_of(caller, project_id=film.id)
    edits.change_rate(caller.world, w, "project", 7000, project_id=film.id)
    edits.change_rate(caller.world, w, "project", 8000, project_id=shop.id)
    rates = []
    for project in (film, shop, film):
        caller.send("PUT", f"time-entries/{entry_id}", {**TIMES, "projectId": project.id})
        rates.append(caller.contents.entries[entry_id].hourly_rate)
    assert rates == [5000, 8000, 7000]


def test_an_entry_is_deleted_once(caller: Caller) -> None:
    entry_id = entry_of(caller)
    gone = caller.send("DELETE", f"time-entries/{entry_id}")
    assert (gone.status_code, gone.content) == (204, b"")
    again = caller.send("DELETE", f"time-entries/{entry_id}")
    assert (again.status_code, again.json()["code"]) == (400, 501)
    assert again.json()["message"] == "Time entry doesn't belong to Workspace"
    assert entry_id in caller.contents.bin
    assert caller.world.changes[-1].kind == "deleted"


def test_many_entries_are_replaced_at_once(caller: Caller) -> None:
    ids = [entry_of(caller) for _ in range(2)]
    bodies = [{"id": each, **TIMES, "description": each} for each in ids]
    path = f"user/{caller.world.owner_id}/time-entries"
    answer = caller.send("PUT", path, bodies)
    assert answer.status_code == 200
    assert [row["description"] for row in answer.json()] == ids
    assert [caller.contents.entries[each].seconds for each in ids] == [5400, 5400]
    hydrated = caller.send("PUT", path, bodies, hydrated="true").json()
    assert {row["user"]["id"] for row in hydrated} == {caller.world.owner_id}
    assert "hourlyRate" not in hydrated[0]


@pytest.mark.parametrize(("atomic", "described"), [(True, ["", ""]), (False, ["new", ""])])
def test_one_bad_entry_in_a_bulk_edit(
    serve: Callable[..., Caller], empty: World, *, atomic: bool, described: list[str]
) -> None:
    caller = serve(empty, Options(bulk_atomic=atomic))
    ids = [entry_of(caller) for _ in range(2)]
    bodies = [{"id": each, **TIMES, "description": "new"} for each in (ids[0], "0" * 24, ids[1])]
    answer = caller.send("PUT", f"user/{empty.owner_id}/time-entries", bodies)
    assert (answer.status_code, answer.json()["code"]) == (400, 501)
    assert [caller.contents.entries[each].description for each in ids] == described


def test_a_bulk_request_has_a_limit(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(bulk_limit=2))
    path = f"user/{empty.owner_id}/time-entries"
    ids = [entry_of(caller) for _ in range(3)]
    bodies = [{"id": each, **TIMES} for each in ids]
    assert caller.send("PUT", path, bodies).status_code == 400
    assert caller.send("PUT", path, bodies[:2]).status_code == 200
    assert caller.send("DELETE", path, **{"time-entry-ids": ",".join(ids)}).status_code == 400
    assert caller.send("DELETE", path, **{"time-entry-ids": ",".join(ids[:2])}).status_code == 200


@pytest.mark.parametrize(
    ("form", "comma", "repeated"),
    [("both", 2, 2), ("comma", 2, 1), ("repeated", 0, 2)],
)
def test_ids_of_a_bulk_deletion(
    serve: Callable[..., Caller], empty: World, form: Any, comma: int, repeated: int
) -> None:
    caller = serve(empty, Options(delete_ids=form))
    path = f"user/{empty.owner_id}/time-entries"
    for expected, is_joined in ((comma, True), (repeated, False)):
        ids = [entry_of(caller) for _ in range(2)]
        answer = caller.send(
            "DELETE", path, **{"time-entry-ids": ",".join(ids) if is_joined else ids}
        )
        assert answer.status_code == (200 if expected else 400)
        rows = answer.json() if expected else []
        assert [row["id"] for row in rows] == ids[:expected]
        assert [each not in caller.contents.entries for each in ids].count(True) == expected


def test_a_bulk_deletion_names_its_entries(caller: Caller) -> None:
    entry_of(caller)
    answer = caller.send("DELETE", f"user/{caller.world.owner_id}/time-entries")
    assert (answer.status_code, answer.json()["code"]) == (400, 3001)
    assert len(caller.contents.entries) == 1


def test_a_timer_is_stopped_when_the_body_says(caller: Caller) -> None:
    path = f"user/{caller.world.owner_id}/time-entries"
    nothing = caller.send("PATCH", path, {"end": TIMES["end"]})
    assert (nothing.status_code, nothing.json()["code"]) == (404, 404)
    started = caller.post("time-entries", {"start": TIMES["start"]}).json()
    assert started["timeInterval"]["end"] is None
    early = caller.send("PATCH", path, {"end": "2026-08-10T08:59:59Z"})
    assert (early.status_code, early.json()["code"]) == (400, 501)
    stopped = caller.send("PATCH", path, {"end": TIMES["end"]})
    assert stopped.status_code == 200
    assert stopped.json()["timeInterval"] == {**TIMES, "duration": "PT1H30M"}


def test_values_of_custom_fields(serve: Callable[..., Caller], empty: World) -> None:
    w = next(iter(empty.workspaces))
    field = edits.add_object(
        empty,
        w,
        "custom_fields",
        name="Source",
        type="TXT",
        entityType="TIMEENTRY",
        status="INVISIBLE",
        allowedValues=[],
        onlyAdminCanEdit=False,
    )
    caller = serve(empty)
    value = {"customFieldId": field["id"], "value": "abc", "sourceType": "TIMEENTRY"}
    row = caller.post("time-entries", {**TIMES, "customFields": [value]}).json()
    assert row["customFieldValues"] == [
        {
            "customFieldId": field["id"],
            "timeEntryId": row["id"],
            "value": "abc",
            "name": "Source",
            "type": "TXT",
        }
    ]
    wrong = caller.post("time-entries", {**TIMES, "customFields": [{**value, "value": 3}]})
    assert wrong.status_code == 400
    unknown = {"customFieldId": "0" * 24, "value": "abc"}
    answer = caller.post("time-entries", {**TIMES, "customFields": [unknown]})
    assert answer.json()["message"] == "Custom field doesn't belong to Workspace"
    cleared = caller.send("PUT", f"time-entries/{row['id']}", TIMES).json()
    assert cleared["customFieldValues"] == []
