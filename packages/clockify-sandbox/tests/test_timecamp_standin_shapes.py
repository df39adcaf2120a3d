"""The answers of the stand-in for TimeCamp have the shapes of the contract's examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits
from timecamp_standin_support import ALL_DAYS, NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY = {
    "id": 77181352,
    "duration": "2700",
    "user_id": "123",
    "user_name": "John Kowalski",
    "task_id": "51218281",
    "last_modify": "2020-02-02 00:03:50",
    "date": "2020-02-03",
    "start_time": "09:00:00",
    "end_time": "09:45:00",
    "locked": "0",
    "name": "Development projects",
    "addons_external_id": "",
    "billable": 1,
    "invoiceId": "0",
    "color": "#5DCB73",
    "description": "my description",
    "tags": [
        {
            "tagListName": "tagList",
            "tagListId": "8",
            "tagId": "13",
            "name": "Dev",
            "mandatory": "0",
        }
    ],
    "hasEntryLocationHistory": False,
}
DELETION = {
    "old_time_span": 0,
    "new_time_span": "0",
    "event_type": "add",
    "edited": "2020-02-10 05:05:05",
    "entry_id": "104950298",
    "duration": "0",
    "user_id": "5343",
    "description": "",
    "task_id": "77438101",
    "date": "2021-02-10",
    "start_time": "13:04:00",
    "end_time": "13:04:00",
    "locked": "0",
    "billable": 1,
    "invoiceId": "0",
}
TASK: dict[str, Any] = {
    "task_id": "12312",
    "parent_id": "424244",
    "assigned_by": "1513337",
    "name": "task name",
    "external_task_id": None,
    "external_parent_id": None,
    "level": "2",
    "archived": "1",
    "tags": "",
    "keywords": "",
    "budgeted": "0",
    "budget_unit": "fee",
    "root_group_id": "123",
    "billable": "1",
    "note": None,
    "public_hash": None,
    "add_date": "2020-07-03 09:14:21",
    "modify_time": "2020-07-03 12:36:10",
    "color": "#4B5A74",
    "users": {"5551": {"user_id": "5551", "role_id": "1"}},
    "user_access_type": 4,
}
USER = {
    "group_id": "1234",
    "user_id": "1231456",
    "email": "mr@smith.com",
    "login_count": "1402",
    "login_time": "2020-12-21 17:15:22",
    "display_name": "Agent Smith",
    "synch_time": "2020-12-21 17:10:21",
}
ONE_USER = {
    "user_id": "4213",
    "language": "0",
    "email": "example@email.com",
    "login_count": "22084",
    "login_time": "2021-03-11 10:21:15",
    "display_name": "John Smith",
    "time_zone": "0",
    "root_group_id": "552",
    "summary": "1",
    "agent": "1.7.1.2|",
    "primary_group_id": 552,
}
ME = {
    "user_id": "1234123",
    "email": "john@smith.com",
    "register_time": "2021-03-25 11:35:52",
    "display_name": "John Smith",
    "synch_time": "2020-12-21 23:29:09",
    "root_group_id": "552",
    "permissions": {"time_tracking_admin": True, "create_projects": True, "can_view_rates": True},
}
ATTENDANCE = {
    "user_id": "640",
    "user_name": "Test User",
    "start_time": "12:38:05",
    "end_time": "17:46:45",
    "total_time": "2717",
    "date": "2021-12-01",
}
APPROVAL = {
    "id": "87769",
    "status": "0",
    "for": "1234",
    "by": "0",
    "from": "2020-01-01",
    "to": "2020-01-01",
    "projects": None,
    "auto": "0",
    "comments": None,
    "attendance": {"2020-01-01": {"should_be": "480", "day_type": "normal"}},
}
TIMER = {
    "timer_id": "18",
    "user_id": "123",
    "task_id": None,
    "started_at": "2021-03-05 14:52:06",
    "name": None,
}
TAG = {"id": "13", "name": "First tag", "archived": "0", "hasGroupRestrictions": "0"}
TAG_LIST = {"id": "8", "name": "My tag list", "archived": "0", "tags": {"13": TAG}}


@pytest.fixture(scope="module")
def company() -> Iterator[Caller]:
    """A company that is shared, so no test may change it."""
    with calling(build_company(now=NOW)) as caller:
        yield caller


def like(example: dict[str, Any], row: dict[str, Any], nullable: tuple[str, ...] = ()) -> bool:
    """Tell whether a row has an example's fields in its order, and its types.

    A field that is null in the example may be text, and only the `nullable` ones may become null.
    """
    same = list(row) == list(example)
    for name, value in example.items():
        allowed = {type(value)} if value is not None else {type(None), str}
        if name in nullable:
            allowed.add(type(None))
        same = same and type(row[name]) in allowed
    return same


TIMES = ("start_time", "end_time")


def test_entries(company: Caller) -> None:
    rows = company.entries(opt_fields="tags")
    example = {name: value for name, value in ENTRY.items() if name != "tags"}
    assert len(rows) > 1000
    assert all(like({**example, "tags": []}, {**r, "tags": r.pop("tags")}, TIMES) for r in rows)
    assert all(like(example, row, TIMES) for row in company.entries())
    no_times = [row for row in rows if row["start_time"] is None]
    assert no_times
    assert all(row["end_time"] is None and row["duration"].isdigit() for row in no_times)


def test_tags_of_entries(company: Caller) -> None:
    tags = [tag for row in company.entries(opt_fields="tags,breadcrumps") for tag in row["tags"]]
    assert tags
    assert all(like(ENTRY["tags"][0], tag) for tag in tags)  # type: ignore[index]


def test_feeds(company: Caller) -> None:
    deleted = company.get("entries_deletions", **ALL_DAYS)
    changed = company.get("entries_changes", **ALL_DAYS)
    assert all(like(DELETION, row, TIMES) for row in deleted + changed)
    assert len(deleted) == 8
    assert {row["event_type"] for row in deleted} == {"delete"}
    assert {row["event_type"] for row in changed} == {"add"}


def test_tasks(company: Caller) -> None:
    tasks = company.get("tasks", status="all")
    assert all(key == row["task_id"] for key, row in tasks.items())
    assert {row["level"] for row in tasks.values()} == {"1", "2", "3"}
    for row in tasks.values():
        users = row["users"]
        example = TASK if users else {**TASK, "users": []}
        assert like(example, row)
        if users:
            assert all(list(each) == ["user_id", "role_id"] for each in users.values())


def test_people(company: Caller) -> None:
    users = company.get("users")
    assert len(users) == 6
    assert all(like(USER, row) for row in users)
    assert like(ME, company.get("me"))
    assert company.get("me")["user_id"] == users[0]["user_id"]
    ids = f"{users[0]['user_id']},{users[1]['user_id']}"
    for asked in (company.get("user", user_id=ids), company.get(f"user/{ids}")):
        assert [row["display_name"] for row in asked] == [r["display_name"] for r in users[:2]]
        assert all(like(ONE_USER, row) for row in asked)
    assert like(ONE_USER, company.get("user"))
    assert len(company.get("users", active_only="true")) == 5


def test_groups(company: Caller) -> None:
    groups = company.get("group")
    assert all(list(row) == ["group_id", "name", "parent_id"] for row in groups)
    assert groups[0]["parent_id"] == "0"
    assert groups[0]["group_id"] == company.get("me")["root_group_id"]
    assert "[Inactive]" in [row["name"] for row in groups]


def test_tag_lists(company: Caller) -> None:
    plain = company.get("tag_list")
    assert all(list(row) == ["id", "name", "archived"] for row in plain.values())
    full = company.get("tag_list", tags=1, archived=1)
    assert set(plain) < set(full)
    assert [row["archived"] for row in full.values()] == ["0", "0", "0", "1"]
    filled = [row for row in full.values() if row["tags"]]
    assert all(like(TAG_LIST, row) for row in filled)
    assert all(like(TAG, tag) for row in filled for tag in row["tags"].values())
    assert [row["tags"] for row in full.values() if row["name"] == "Empty list"] == [[]]
    archived = {tag["id"] for row in filled for tag in row["tags"].values()} - {
        tag for row in company.get("tag_list", tags=1).values() for tag in row["tags"]
    }
    assert len(archived) == 2
    assert len(company.get("tag_list", exclude_empty_tag_lists=1)) == 2


def test_attendance_and_approvals(company: Caller) -> None:
    attendance = company.get("attendance", **ALL_DAYS)
    assert all(like({**ATTENDANCE, "approved": True}, row) for row in attendance)
    assert {row["approved"] for row in attendance} == {True, False}
    approvals = company.get("approval", with_attendance=1)
    assert all(like(APPROVAL, row) for row in approvals)
    assert all("attendance" not in row for row in company.get("approval"))
    some = company.get("approval", **{"from": "2026-08-09", "to": "2026-08-09"})
    assert 0 < len(some) < len(approvals)
    assert all(row["from"] <= "2026-08-09" <= row["to"] for row in some)


def test_running_timers(company: Caller) -> None:
    rows = company.get("timer_running")
    assert len(rows) == 1
    assert like(TIMER, rows[0])
    assert int(rows[0]["timer_id"]) in company.ids()


def test_xml_without_accept(company: Caller) -> None:
    answer = company.ask("tasks", Accept="*/*")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.text)  # noqa: S314 -- our own answer
    assert "Pitch 🚀" in [name.text for name in root.iter("name")]
    refused = company.ask("entries", Accept="*/*")
    assert refused.status_code == 400
    assert ET.fromstring(refused.text).findtext("message")  # noqa: S314


@pytest.mark.parametrize(
    ("path", "query", "row_of"),
    [
        ("entries", ALL_DAYS, lambda rows: rows[0]),
        ("entries_deletions", ALL_DAYS, lambda rows: rows[0]),
        ("tasks", {}, lambda rows: next(iter(rows.values()))),
        ("users", {}, lambda rows: rows[0]),
        ("me", {}, lambda row: row),
    ],
)
def test_integers(path: str, query: dict[str, str], row_of: Any) -> None:
    with calling(build_company(now=NOW), Options(numbers="integers")) as caller:
        row = row_of(caller.get(path, **query))
    names = {"id", "entry_id", "duration", "user_id", "task_id", "locked", "invoiceId", "archived"}
    assert names & set(row)
    assert all(type(row[name]) is int for name in names & set(row))


def test_empty_objects() -> None:
    with calling(build_empty(now=NOW)) as caller:
        assert [caller.get(path) for path in ("tasks", "tag_list")] == [[], []]
        assert caller.entries() == []
    with calling(build_empty(now=NOW), Options(empty_object_is_list=False)) as caller:
        assert [caller.get(path) for path in ("tasks", "tag_list")] == [{}, {}]
        assert caller.entries() == []


def test_settings() -> None:
    world = build_empty(now=NOW, people=3)
    first, second, third = world.users
    edits.disable_user(world, third)
    path = f"user/{first},{second},{third}/setting"
    values = {str(first): "0", str(second): "0", str(third): "1"}
    with calling(world) as caller:
        rows = caller.get(path, **{"name[]": "disabled_user"})
        assert {row["userId"]: row["value"] for row in rows} == values
        assert {row["name"] for row in rows} == {"disabled_user"}
        assert caller.get(f"user/{third}/setting", name="disabled_user") == {
            "userId": str(third),
            "name": "disabled_user",
            "value": "1",
        }
        unknown = caller.ask(f"user/{third}/setting", {"name": "no_such"})
        assert (unknown.status_code, unknown.json()) == (404, [])
    with calling(world, Options(settings_format="keyed", settings_of_all=False)) as caller:
        asked = {"name[]": "disabled_user"}
        assert caller.get(path, **asked) == {
            str(third): [{"name": "disabled_user", "value": "1"}],
        }
        assert caller.get(f"user/{first}/setting", **asked) == []


def test_other_switches_of_shapes() -> None:
    world = build_company(now=NOW)
    edits.add_entry(world, task_id=0)
    options = Options(
        task_permissions=True, attendance_approved=False, one_user_as_list=True, no_task="null"
    )
    with calling(world) as caller:
        rows = [row for row in caller.entries() if row["task_id"] == "0"]
        assert rows
        assert {row["name"] for row in rows} == {""}
    with calling(world, options) as caller:
        assert [row for row in caller.entries() if row["task_id"] is None and row["name"] is None]
        assert all(like(ATTENDANCE, row) for row in caller.get("attendance", **ALL_DAYS))
        assert len(caller.get("user")) == 1
        assert all(len(row["perms"]) == 6 for row in caller.get("tasks").values())
