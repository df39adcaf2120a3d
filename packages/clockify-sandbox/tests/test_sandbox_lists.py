"""Lists of the core host: pages, filters, and what is omitted by default."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import build_agency, edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("size", "pages"), [(3, 2), (2, 3), (6, 1), (4, 2), (50, 1)])
def test_pages(serve: Callable[..., Caller], empty: World, size: int, pages: int) -> None:
    caller = serve(empty)
    made = [edits.add_tag(empty, caller.workspace_id, f"tag {n}").id for n in range(6)]
    seen: list[str] = []
    for page in range(1, pages + 1):
        answer = caller.get("tags", page=page, **{"page-size": size})
        assert answer.headers["last-page"] == ("true" if page == pages else "false")
        assert answer.headers["total-count"] == "6"
        seen += [row["id"] for row in answer.json()]
    assert sorted(seen) == made
    beyond = caller.get("tags", page=pages + 1, **{"page-size": size})
    assert (beyond.status_code, beyond.json(), beyond.headers["last-page"]) == (200, [], "true")


def test_impossible_page_sizes(agency: Caller) -> None:
    for size in (0, -1, 5001):
        answer = agency.get("clients", **{"page-size": size})
        assert (answer.status_code, answer.json()["code"]) == (400, 501)
    assert agency.get("clients", **{"page-size": 5000}).status_code == 200
    answer = agency.get("clients", page="x")
    assert (answer.status_code, answer.json()["code"]) == (400, 3000)


def test_last_page_header_is_an_option(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(last_page_header=False))
    assert "last-page" not in caller.get("tags").headers


def test_archived_are_listed_unless_excluded(agency: Caller) -> None:
    for path in ("clients", "projects", "tags"):
        by_flag = {
            flag: {row["id"] for row in agency.get(path, **query).json()}
            for flag, query in (
                ("any", {}),
                ("true", {"archived": "true"}),
                ("false", {"archived": "false"}),
            )
        }
        assert by_flag["true"]
        assert by_flag["false"]
        assert by_flag["any"] == by_flag["true"] | by_flag["false"]
        assert not by_flag["true"] & by_flag["false"]


def test_limited_and_deleted_accounts_must_be_requested(agency: Caller) -> None:
    def ids(**query: Any) -> set[str]:
        return {row["id"] for row in agency.get("users", **query).json()}

    accounts = "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED"
    everybody = ids(status="ALL", **{"account-statuses": accounts})
    assert everybody == set(agency.contents.members)
    hidden = everybody - ids(status="ALL")
    statuses = {agency.world.users[user_id].status for user_id in hidden}
    assert statuses == {"LIMITED", "DELETED", "LIMITED_DELETED"}
    inactive = ids(status="INACTIVE", **{"account-statuses": accounts})
    assert inactive
    assert {agency.contents.members[each].status for each in inactive} == {"INACTIVE"}


def test_default_status_of_users_is_an_option(serve: Callable[..., Caller]) -> None:
    world = build_agency(people=4, days=1)
    everyone = serve(world).get("users").json()
    active = serve(world, Options(users_default_status="ACTIVE")).get("users").json()
    assert len(active) < len(everyone)


def test_memberships_come_on_request(agency: Caller) -> None:
    assert all(row["memberships"] == [] for row in agency.get("users").json())
    kinds = {
        each["membershipType"]
        for row in agency.get("users", memberships="ALL").json()
        for each in row["memberships"]
    }
    assert kinds == {"WORKSPACE", "PROJECT", "USERGROUP"}


def test_an_account_never_set_up_has_null_settings(agency: Caller) -> None:
    rows = {row["status"]: row for row in agency.get("users").json()}
    assert rows["NOT_REGISTERED"]["settings"] is None
    assert rows["ACTIVE"]["settings"]["timeZone"]


def test_no_client_is_an_empty_string(agency: Caller) -> None:
    rows = [row for row in agency.get("projects").json() if not row["clientId"]]
    assert rows
    assert {(row["clientId"], row["clientName"]) for row in rows} == {("", "")}


def test_hydrated_projects_carry_tasks_and_client(agency: Caller) -> None:
    for row in agency.get("projects", hydrated="true").json():
        assert "clientName" not in row
        assert len(row["tasks"]) == len(agency.contents.tasks_of(row["id"]))
        assert (row["client"] is None) == (row["clientId"] == "")


def test_a_project_tracks_its_time(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    project = edits.add_project(empty, caller.workspace_id, "Film")
    now = empty.now()
    entry = edits.add_entry(
        empty, caller.workspace_id, empty.owner_id, now - 90 * HOUR, now, project_id=project.id
    )
    assert caller.get(f"projects/{project.id}").json()["duration"] == "PT90H"
    edits.resize_entry(empty, caller.workspace_id, entry.id, 61)
    assert caller.get(f"projects/{project.id}").json()["duration"] == "PT1M1S"
    edits.delete_entry(empty, caller.workspace_id, entry.id)
    assert caller.get(f"projects/{project.id}").json()["duration"] == "PT0S"


@pytest.mark.parametrize(
    ("zone", "start", "listed"),
    [
        ("Europe/Berlin", "2026-08-07T22:00:00Z", True),
        ("Europe/Berlin", "2026-08-07T21:59:59Z", False),
        ("Europe/Berlin", "2026-08-08T21:59:59Z", True),
        ("Europe/Berlin", "2026-08-08T22:00:00Z", False),
        ("America/New_York", "2026-08-08T04:00:00Z", True),
        ("America/New_York", "2026-08-08T03:59:59Z", False),
        ("Pacific/Auckland", "2026-08-07T12:00:00Z", True),
        ("Pacific/Auckland", "2026-08-08T12:00:00Z", False),
    ],
)
def test_a_list_of_entries_is_shifted_by_the_accounts_zone(
    serve: Callable[..., Caller],
    empty: World,
    zone: str,
    start: str,
    listed: bool,  # noqa: FBT001
) -> None:
    caller = serve(empty)
    edits.set_timezone(empty, empty.owner_id, zone)
    begin = datetime.fromisoformat(start)
    edits.add_entry(empty, caller.workspace_id, empty.owner_id, begin, begin + HOUR)
    window = {"start": "2026-08-08T00:00:00Z", "end": "2026-08-09T00:00:00Z"}
    rows = caller.get(f"user/{empty.owner_id}/time-entries", **window).json()
    assert bool(rows) == listed
    if listed:
        assert rows[0]["timeInterval"]["start"] == start


def test_entries_come_newest_first_including_future_ones(agency: Caller) -> None:
    query = {"page-size": 5000}
    rows = agency.get(f"user/{agency.world.owner_id}/time-entries", **query).json()
    starts = [row["timeInterval"]["start"] for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert starts[0] > "2026-08-14T15"
    assert len(rows) == len(agency.contents.entries.of_user(agency.world.owner_id))


def test_running_entries(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    people = [edits.add_user(empty, caller.workspace_id, f"P{n}").id for n in range(12)]
    for user_id in people:
        edits.start_timer(empty, caller.workspace_id, user_id)
    first = caller.get("time-entries/status/in-progress")
    assert len(first.json()) == 10
    assert first.headers["last-page"] == "false"
    rows = caller.get("time-entries/status/in-progress", **{"page-size": 1000}).json()
    assert {row["userId"] for row in rows} == set(people)
    assert {(row["timeInterval"]["end"], row["timeInterval"]["duration"]) for row in rows} == {
        (None, None)
    }
    too_many = caller.get("time-entries/status/in-progress", **{"page-size": 1001})
    assert too_many.status_code == 400
    empty.clock.advance(HOUR)
    edits.stop_timer(empty, caller.workspace_id, people[0])
    stopped = caller.get("time-entries/" + rows[0]["id"]).json()
    assert stopped["timeInterval"]["duration"] == "PT1H"


def test_batch_is_an_option(serve: Callable[..., Caller], empty: World) -> None:
    entry = edits.start_timer(empty, next(iter(empty.workspaces)), empty.owner_id)
    caller = serve(empty)
    body = {"timeEntryIds": [entry.id, "0" * 24]}
    assert [row["id"] for row in caller.post("time-entries/batch", body).json()] == [entry.id]
    without = serve(empty, Options(batch=False)).post("time-entries/batch", body)
    assert without.status_code == 405
