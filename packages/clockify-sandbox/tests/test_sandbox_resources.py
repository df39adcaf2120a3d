"""Objects of all other kinds: what is read equals the truth, whatever was changed before."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.resources import store
from clockify_sandbox.resources.base import get
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world import build_agency, edits, truth
from reading import READERS, read
from sandbox_support import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

KEPT = [each for each in resources().values() if each.make is not None]
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return build_agency(
        seed=11, people=6, days=110, entries_per_day=1.5, plan="ENTERPRISE_2021", now=NOW
    )


@pytest.fixture
def studio(serve: Callable[..., Caller], world: World) -> Caller:
    return serve(world, Options(enforce_rate_limits=False))


def texts(rows: list[Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def first(caller: Caller, kind: str) -> str:
    return next(iter(caller.contents.objects[kind]))


def the(caller: Caller, kind: str, object_id: str) -> Any:
    rows = truth.object_rows(caller.world, caller.workspace_id, kind)
    return next(row for row in rows if row["id"] == object_id)


@pytest.mark.parametrize("kind", READERS)
def test_what_is_read_is_the_truth(studio: Caller, kind: str) -> None:
    expected = truth.object_rows(studio.world, studio.workspace_id, kind)
    assert expected
    assert texts(read(studio, kind)) == texts(expected)


def test_every_kind_is_read() -> None:
    assert set(READERS) == {*resources()} - {"attendance"}


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_truth_after_edits_and_deletions_of_every_kind(studio: Caller, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- made-up data
    before = {kind: texts(read(studio, kind)) for kind in READERS}
    for kind in READERS:
        for _ in range(8):
            edits.random_object_edit(studio.world, studio.contents, rng, kind)
    for _ in range(30):
        studio.world.clock.advance(HOUR)
        edits.random_edit(studio.world, rng)
    for kind in READERS:
        expected = truth.object_rows(studio.world, studio.workspace_id, kind)
        assert texts(read(studio, kind)) == texts(expected), kind
        assert texts(expected) != before[kind], kind


@pytest.mark.parametrize("kind", [each.kind for each in KEPT if not each.derive])
def test_a_deletion_is_seen(studio: Caller, kind: str) -> None:
    chosen = first(studio, kind)
    edits.delete_object(studio.world, studio.workspace_id, kind, chosen)
    left = read(studio, kind)
    assert left
    assert chosen not in json.dumps([row.get("id", row) for row in left])


def test_an_edit_is_seen(studio: Caller) -> None:
    w = studio.workspace_id
    chosen = first(studio, "holidays")
    edits.edit_object(studio.world, w, "holidays", chosen, name="Tag der Arbeit")
    edits.edit_object(studio.world, w, "holidays", chosen, datePeriod__endDate="2026-05-02")
    row = the(studio, "holidays", chosen)
    assert (row["name"], row["datePeriod"]["endDate"]) == ("Tag der Arbeit", "2026-05-02")
    assert row in studio.get("holidays").json()


def test_all_references_lead_somewhere(studio: Caller) -> None:
    assert [
        line
        for each in KEPT
        for line in store.dangling(studio.world, studio.workspace_id, each.kind)
    ] == []
    objects = studio.contents.objects
    entries = list(studio.contents.entries)
    approvals = {entry.approval_request_id for entry in entries} - {None}
    invoices = {entry.invoice_id for entry in entries} - {None}
    fields = {field.field_id for entry in entries for field in entry.fields}
    assert approvals
    assert invoices
    assert approvals <= set(objects["approval_requests"])
    assert invoices <= set(objects["invoices"])
    assert fields < set(objects["custom_fields"])
    for row in truth.object_rows(studio.world, studio.workspace_id, "invoices"):
        for item in row["items"]:  # type: ignore[attr-defined]
            assert set(item["expenseIds"]) <= set(objects["expenses"])
            assert all(
                studio.contents.entries[e].invoice_id == row["id"] for e in item["timeEntryIds"]
            )


def test_a_request_to_approve_is_about_the_week_of_one_person(studio: Caller) -> None:
    for row in truth.object_rows(studio.world, studio.workspace_id, "approval_requests"):
        asked: Any = row["approvalRequest"]
        days = [asked["dateRange"][each][:10] for each in ("start", "end")]
        assert date.fromisoformat(days[1]) - date.fromisoformat(days[0]) == timedelta(days=6)
        for each in row["entries"]:  # type: ignore[attr-defined]
            entry = studio.contents.entries[each["id"]]
            assert entry.user_id == asked["owner"]["userId"]
            assert days[0] <= each["timeInterval"]["zonedStart"][:10] <= days[1]


def test_references_to_what_is_deleted_vanish(studio: Caller) -> None:
    w, world = studio.workspace_id, studio.world
    planned = studio.contents.objects["scheduling_assignments"].values()
    project = next(iter(planned))["projectId"]
    edits.archive_project(world, w, project, archived=True)
    edits.delete_project(world, w, project)
    edits.delete_object(world, w, "time_off_policies", first(studio, "time_off_policies"))
    edits.delete_object(world, w, "user_groups", first(studio, "user_groups"))
    for each in KEPT:
        rows = store.rows(world, studio.contents, each.kind)
        for link in each.links:
            for row in rows:
                ids = get(row, link.key)
                for one in ids if isinstance(ids, list) else [ids]:
                    assert one is None or one in store._targets(studio.contents, link.to)
    assert project not in json.dumps(read(studio, "scheduling_assignments"))
    assert project not in json.dumps(read(studio, "expenses"))


def test_names_are_those_of_today(studio: Caller) -> None:
    row = truth.object_rows(studio.world, studio.workspace_id, "time_off_requests")[0]
    edits.rename_user(studio.world, str(row["userId"]), "Someone Else")
    assert the(studio, "time_off_requests", str(row["id"]))["userName"] == "Someone Else"


def test_a_balance_follows_the_requests(studio: Caller) -> None:
    w, world = studio.workspace_id, studio.world
    request = next(
        row
        for row in studio.contents.objects["time_off_requests"].values()
        if row["status"]["statusType"] != "APPROVED"
    )
    same = {key: request[key] for key in ("policyId", "userId")}

    def balance() -> Any:
        rows = truth.object_rows(world, w, "time_off_balances")
        return next(row for row in rows if same.items() <= row.items())

    before = balance()
    edits.edit_object(world, w, "time_off_requests", request["id"], status__statusType="APPROVED")
    after = balance()
    assert after["used"] - before["used"] == request["balanceDiff"]
    assert after["balance"] + after["used"] == after["total"]


def test_a_payment_changes_the_invoice(studio: Caller) -> None:
    w = studio.workspace_id
    rows = truth.object_rows(studio.world, w, "invoices")
    unpaid: Any = next(row for row in rows if row["status"] == "SENT" and row["balance"])
    for amount, status in ((1, "PARTIALLY_PAID"), (unpaid["amount"] - 1, "PAID")):
        payment = {"_invoiceId": unpaid["id"], "amount": amount}
        edits.add_object(studio.world, w, "invoice_payments", **payment)
        assert the(studio, "invoices", unpaid["id"])["status"] == status
    listed = {row["id"]: row for row in studio.get("invoices").json()["invoices"]}
    assert listed[unpaid["id"]]["balance"] == 0


def test_an_invoice_adds_up(studio: Caller) -> None:
    for row in truth.object_rows(studio.world, studio.workspace_id, "invoices"):
        invoice: Any = row
        for item in invoice["items"]:
            assert item["amount"] == item["unitPrice"] * item["quantity"] / 100
        assert invoice["subtotal"] == sum(item["amount"] for item in invoice["items"])
        assert invoice["taxAmount"] == round(invoice["subtotal"] * invoice["tax"] / 10000)
        total = invoice["subtotal"] - invoice["discountAmount"] + invoice["taxAmount"]
        assert invoice["amount"] == total == invoice["paid"] + invoice["balance"]


def test_entries_are_released_when_what_they_are_on_is_deleted(studio: Caller) -> None:
    w = studio.workspace_id
    entry = next(each for each in studio.contents.entries if each.invoice_id)
    edits.delete_object(studio.world, w, "invoices", str(entry.invoice_id))
    edits.delete_object(studio.world, w, "approval_requests", str(entry.approval_request_id))
    kept = studio.contents.entries[entry.id]
    assert (kept.invoice_id, kept.approval_request_id, kept.locked) == (None, None, False)


def test_a_custom_field_is_renamed_wherever_it_has_a_value(studio: Caller) -> None:
    w = studio.workspace_id
    entry = next(each for each in studio.contents.entries if each.fields)
    chosen = entry.fields[0].field_id
    edits.edit_object(studio.world, w, "custom_fields", chosen, name="Vorgang")
    assert studio.contents.entries[entry.id].fields[0].name == "Vorgang"
    edits.delete_object(studio.world, w, "custom_fields", chosen)
    assert not any(
        field.field_id == chosen for each in studio.contents.entries for field in each.fields
    )


def test_people_have_groups_managers_and_profiles(studio: Caller) -> None:
    accounts = "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED"
    asked = {"memberships": "USERGROUP", "include-roles": "true", "account-statuses": accounts}
    rows = studio.get("users", **asked).json()
    groups = {each["targetId"] for row in rows for each in row["memberships"]}
    assert groups <= set(studio.contents.objects["user_groups"])
    managers = {
        row["id"] for row in rows if "TEAM_MANAGER" in {each["role"] for each in row["roles"]}
    }
    assert managers == {row["id"] for row in read(studio, "user_managers")}
    fields = {each["customFieldId"] for row in rows for each in row["customFields"]}
    assert fields
    assert fields <= set(studio.contents.objects["custom_fields"])


def test_a_hydrated_project_has_tasks_and_custom_fields(studio: Caller) -> None:
    rows = studio.get("projects", hydrated="true", **{"page-size": 500}).json()
    tasks = [task for row in rows for task in row["tasks"]]
    assert any(task["assigneeIds"] for task in tasks)
    assert any(task["budgetEstimate"] for task in tasks)
    for row in rows:
        own = studio.get(f"projects/{row['id']}/custom-fields").json()
        assert row["customFields"] == own
        assert all(d["projectId"] == row["id"] for f in own for d in f["projectDefaultValues"])
    assert any(field["projectDefaultValues"] for row in rows for field in row["customFields"])


def test_edits_of_who_belongs_to_what(studio: Caller) -> None:
    w, world, contents = studio.workspace_id, studio.world, studio.contents
    task = next(iter(contents.tasks.values()))
    people, groups = list(contents.members)[:2], list(contents.objects["user_groups"])[:1]
    edits.assign_task(world, w, task.id, people, groups)
    row = studio.get(f"projects/{task.project_id}/tasks/{task.id}").json()
    assert (row["assigneeIds"], row["userGroupIds"]) == (people, groups)
    edits.set_project_members(world, w, task.project_id, people)
    members = studio.get(f"projects/{task.project_id}").json()["memberships"]
    assert [each["userId"] for each in members] == people
    field = next(each for user in world.users.values() for each in user.fields)
    user = next(each for each in world.users.values() if field in each.fields)
    edits.set_user_field(world, user.id, field.field_id, replace(field, value="Ä"))
    profile = studio.get(f"member-profile/{user.id}").json()
    assert "Ä" in [each["value"] for each in profile["userCustomFieldValues"]]
    edits.set_user_field(world, user.id, field.field_id, None)
    assert field.field_id not in {each.field_id for each in world.users[user.id].fields}
    currency = edits.add_currency(world, w, "CHF")
    assert currency.id in {each["id"] for each in studio.get("").json()["currencies"]}
    edits.remove_currency(world, w, "CHF")
    assert currency.id not in {each["id"] for each in studio.get("").json()["currencies"]}
    with pytest.raises(edits.RefusedError):
        edits.remove_currency(world, w, contents.workspace.default_currency)


def test_attendance_is_what_people_tracked(studio: Caller) -> None:
    days = (date(2026, 7, 1), date(2026, 7, 31))
    zone = "Asia/Kathmandu"
    asked = {"timeZone": zone, "attendanceFilter": {"page": 1, "pageSize": 200}}
    answer = studio.report("attendance", *(day.isoformat() for day in days), **asked).json()
    expected = truth.attendance_rows(
        studio.world, studio.workspace_id, timezone=zone, first=days[0], last=days[1]
    )
    assert texts(answer["entities"]) == texts(expected)
    tracked = sum(
        entry.seconds
        for entry in studio.contents.entries
        if days[0] <= truth.local_day(entry.start, zone) <= days[1]
    )
    assert tracked == sum(row["totalDuration"] + row["break"] for row in answer["entities"])


def test_the_expense_report_honours_dates_and_the_list_does_not(studio: Caller) -> None:
    everything = {row["id"]: row for row in read(studio, "expenses")}
    ignored = studio.get("expenses", start="2026-08-01", end="2026-08-02").json()
    assert ignored["expenses"]["count"] == len(everything)
    answer = studio.report("expenses/detailed", "2026-08-01", "2026-08-14", pageSize=100).json()
    expected = {each for each, row in everything.items() if row["date"] >= "2026-08-01"}
    assert {row["id"] for row in answer["expenses"]} == expected
    assert answer["totals"]["expensesCount"] == len(expected) > 0


def test_the_feed_has_changes_of_other_kinds(studio: Caller) -> None:
    w, world = studio.workspace_id, studio.world
    chosen = list(studio.contents.objects["holidays"])
    world.clock.advance(HOUR)
    start = f"{world.now():%Y-%m-%dT%H:%M:%SZ}"
    new = edits.add_object(world, w, "holidays", name="New")["id"]
    edits.edit_object(world, w, "holidays", chosen[0], name="Other")
    edits.delete_object(world, w, "holidays", chosen[1])
    world.clock.advance(HOUR)
    end = f"{world.now():%Y-%m-%dT%H:%M:%SZ}"

    def ids(kind: str) -> list[str]:
        rows = studio.get(f"entities/{kind}", type="HOLIDAYS", start=start, end=end).json()
        assert all(row.get("documentCode", row.get("documentType")) == "HOLIDAYS" for row in rows)
        return [row.get("document", row)["id"] for row in rows]

    assert (ids("created"), ids("updated"), ids("deleted")) == ([new], [chosen[0]], [chosen[1]])


@pytest.mark.parametrize(
    "kind", [each.kind for each in resources().values() if each.document is not None]
)
def test_the_feed_has_every_kind_that_it_has_a_type_for(studio: Caller, kind: str) -> None:
    asked = {"type": resources()[kind].document, "start": "2026-01-01T00:00:00Z", "limit": 1000}
    rows = studio.get("entities/created", end="2026-09-01T00:00:00Z", **asked).json()
    assert {row["id"] for row in rows} == set(studio.contents.objects[kind])


def test_changes_are_in_the_audit_log(studio: Caller) -> None:
    project = next(iter(studio.contents.projects))
    edits.rename_project(studio.world, studio.workspace_id, project, "Umbau")
    (row,) = studio.audit(actions=["UPDATE_PROJECT"]).json()
    assert "Umbau" in row["content"]
    assert row["userId"] == studio.world.owner_id
    expense = first(studio, "expenses")
    edits.edit_object(studio.world, studio.workspace_id, "expenses", expense, total=1.0)
    edits.delete_object(studio.world, studio.workspace_id, "expenses", expense)
    asked = {"actions": ["UPDATE_EXPENSE", "DELETE_EXPENSE"]}
    assert all(expense in each["content"] for each in studio.audit(**asked).json())
    assert len(studio.audit(**asked).json()) == 2
    nobody = {"authorIds": [], "contains": "CONTAINS"}
    assert studio.audit(actions=["UPDATE_PROJECT"], authors=nobody).json() == []


@pytest.mark.parametrize("kind", [each.kind for each in KEPT if not each.derive])
def test_the_first_object_of_a_workspace(
    serve: Callable[..., Caller], empty: World, kind: str
) -> None:
    caller = serve(empty)
    w = caller.workspace_id
    make: dict[str, Callable[[], str]] = {
        "users": lambda: empty.owner_id,
        "projects": lambda: edits.add_project(empty, w, "Film").id,
        "time_off_policies": lambda: edits.add_object(empty, w, "time_off_policies")["id"],
        "invoices": lambda: edits.add_object(empty, w, "invoices")["id"],
    }
    links = {link.key: make[link.to]() for link in resources()[kind].links if link.owned}
    if links:
        with pytest.raises(ValueError, match="needs"):
            edits.add_object(
                empty, w, kind, **dict.fromkeys(key.replace(".", "__") for key in links)
            )
    made = edits.add_object(
        empty, w, kind, **{key.replace(".", "__"): each for key, each in links.items()}
    )
    assert store.dangling(empty, w, kind) == []
    assert made["id"] in {row["id"] for row in caller.contents.objects[kind].values()}
    expected = truth.object_rows(empty, w, kind)
    assert texts(read(caller, kind)) == texts(expected)
    assert len(expected) == 1


def test_equal_seeds_make_equal_objects() -> None:
    one, other = (build_agency(people=4, days=30, now=NOW) for _ in range(2))
    assert (
        next(iter(one.workspaces.values())).objects == next(iter(other.workspaces.values())).objects
    )


def test_a_plan_that_ends_hides_but_keeps_the_objects(studio: Caller) -> None:
    count = len(read(studio, "expenses"))
    paid = studio.contents.workspace
    plan = replace(paid.plan, features=("TIME_TRACKING",))
    studio.world.change_workspace(replace(paid, plan=plan))
    assert studio.get("expenses").status_code == 403
    studio.world.change_workspace(paid)
    assert len(read(studio, "expenses")) == count
