"""What a plan or a role forbids, what a member sees, and how the lists of other kinds are paged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world import build_agency, edits
from sandbox_support import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests
    from clockify_sandbox.resources.base import Read, Resource
    from clockify_sandbox.world import World
    from sandbox_support import Caller

DAYS = ("2026-08-01", "2026-08-14")
PERIOD = {"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"}
FORBIDDEN_ON_FREE = {
    "CUSTOM_FIELDS",
    "TIME_OFF",
    "SCHEDULING",
    "EXPENSES",
    "APPROVAL",
    "INVOICING",
    "AUDIT_LOG",
    "ATTENDANCE_REPORT",
}
OWN = {
    "time-off/requests": ("requests", "userId"),
    "expenses": ("expenses", "userId"),
    "approval-requests": ("", "approvalRequest"),
    "scheduling/assignments/all": ("", "userId"),
}


@pytest.fixture(scope="module")
def world() -> World:
    return build_agency(
        seed=3, people=6, days=110, entries_per_day=2, plan="ENTERPRISE_2021", now=NOW
    )


@pytest.fixture
def open_office(serve: Callable[..., Caller], world: World) -> Iterator[Callable[..., Caller]]:
    """Serve the agency on some plan, to its owner or to a member, and restore the plan."""
    workspace = next(iter(world.workspaces.values())).workspace

    def start(plan: str = "ENTERPRISE_2021", *, member: bool = False, **options: Any) -> Caller:
        caller = serve(world, Options(enforce_rate_limits=False, **options))
        other = build_agency(people=1, days=1, plan=plan, now=NOW)
        features = next(iter(other.workspaces.values())).workspace.plan
        world.change_workspace(replace(workspace, plan=features))
        if member:
            world.api_keys["member"] = someone(caller)
            caller.session.headers["X-Api-Key"] = "member"
        return caller

    yield start
    world.change_workspace(workspace)


def someone(caller: Caller) -> str:
    """Choose a member who is active and no administrator."""
    members = caller.contents.members.values()
    return next(
        each.user_id for each in members if (each.role, each.status) == ("MEMBER", "ACTIVE")
    )


def ask(caller: Caller, resource: Resource, read: Read) -> requests.Response:
    """Call a declared route with what it requires."""
    objects = caller.contents.objects
    kept = objects[resource.kind]
    path = read.path.lstrip("/").format(
        user_id=someone(caller),
        object_id=someone(caller) if resource.kind == "member_profiles" else next(iter(kept), ""),
        project_id=next(p.id for p in caller.contents.projects.values() if p.public),
        policy_id=next(iter(objects["time_off_policies"])),
        invoice_id=next(iter(objects["invoices"])),
    )
    if read.host == "audit":
        return caller.audit(actions=["CREATE_CLIENT"])
    if path.startswith("reports/"):
        return caller.report(path.removeprefix("reports/"), *DAYS, attendanceFilter={})
    if read.host == "reports":
        url = f"{caller.server.reports_url}/workspaces/{caller.workspace_id}/{path}"
        return caller.session.get(url, timeout=60)
    if read.method == "POST":
        return caller.post(path, {})
    return caller.get(path, **{"assigned-to": someone(caller)}, **PERIOD)


READS = [(each, read) for each in resources().values() for read in each.reads]
NAMED = pytest.mark.parametrize(("resource", "read"), READS, ids=lambda x: getattr(x, "path", ""))


@NAMED
def test_a_plan_decides_what_may_be_read(
    open_office: Callable[..., Caller], resource: Resource, read: Read
) -> None:
    assert ask(open_office("ENTERPRISE_2021"), resource, read).status_code == 200
    free = ask(open_office("FREE"), resource, read)
    assert free.status_code == (403 if resource.feature in FORBIDDEN_ON_FREE else 200)
    standard = ask(open_office("STANDARD_2021"), resource, read)
    assert standard.status_code == (403 if resource.feature == "AUDIT_LOG" else 200)


def test_a_plan_may_refuse_with_payment_required(open_office: Callable[..., Caller]) -> None:
    caller = open_office("FREE", plan_refusal=402)
    assert caller.get("invoices").status_code == 402
    assert caller.audit(actions=["CREATE_TAG"]).json()["error"] == "Payment Required"
    assert caller.get("user-groups").status_code == 200


@NAMED
def test_a_role_decides_what_may_be_read(
    open_office: Callable[..., Caller], resource: Resource, read: Read
) -> None:
    caller = open_office(member=True)
    answer = ask(caller, resource, read)
    other_persons = resource.kind == "expenses" and read.single
    expected = 403 if read.administrators else 400 if other_persons else 200
    assert answer.status_code == expected


@pytest.mark.parametrize("path", OWN)
def test_a_member_sees_only_their_own(open_office: Callable[..., Caller], path: str) -> None:
    caller = open_office(member=True)
    key, person = OWN[path]
    body = {"pageSize": 200}
    answer = caller.post(path, body) if key == "requests" else caller.get(path, **PERIOD)
    rows = answer.json()
    while isinstance(rows, dict):
        rows = rows[key]
    people = {
        row[person]["owner"]["userId"] if person == "approvalRequest" else row[person]
        for row in rows
    }
    assert people == {someone(caller)}
    refused = open_office(member=True, member_lists="forbidden")
    again = refused.post(path, body) if key == "requests" else refused.get(path, **PERIOD)
    assert again.status_code == 403


def test_a_member_asks_about_themselves_only(open_office: Callable[..., Caller]) -> None:
    caller = open_office(member=True)
    owner, own = caller.world.owner_id, someone(caller)
    for path in ("member-profile/{}", "time-off/balance/user/{}", "holidays?assigned-to={}"):
        assert caller.get(path.format(own)).status_code == 200
        assert caller.get(path.format(owner)).status_code == 403
    rows = caller.report("attendance", *DAYS, attendanceFilter={"pageSize": 200}).json()
    assert {row["userId"] for row in rows["entities"]} == {own}


def test_paged_lists_have_limits(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    for path in ("time-off/policies", f"time-off/balance/user/{caller.world.owner_id}"):
        assert caller.get(path, **{"page-size": 200}).headers["Last-Page"] == "true"
        for query in ({"page-size": 201}, {"page": 1001}, {"page-size": 0}):
            assert caller.get(path, **query).status_code == 400
    for body in ({"pageSize": 201}, {"page": 1001}, {"page": 0}):
        assert caller.post("time-off/requests", body).status_code == 400
    assert caller.audit(actions=["CREATE_TAG"], **{"page-size": 51}).status_code == 400
    assert len(caller.audit(actions=["CREATE_PROJECT", "CREATE_TAG"]).json()) == 20
    for missing in ("actions", "authors", "start", "end"):
        assert caller.audit(**{"actions": ["CREATE_TAG"], missing: None}).status_code == 400


@pytest.mark.parametrize("first", [0, 1])
def test_pages_of_the_audit_log(open_office: Callable[..., Caller], first: int) -> None:
    caller = open_office(audit_first_page=first)
    asked = {"actions": ["CREATE_TAG"], "page-size": 5}
    seen = [caller.audit(page=first + n, **asked).json() for n in range(3)]
    assert [len(rows) for rows in seen] == [5, 3, 0]
    assert caller.audit(page=0, **asked).json() == seen[0]


def test_lists_without_pages_ignore_them(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    for path in ("custom-fields", "holidays", "webhooks"):
        answer = caller.get(path, page=2, **{"page-size": 1})
        assert answer.json() == caller.get(path).json()
        assert "Last-Page" not in answer.headers
    assert len(caller.shared_reports(page=2, pageSize=3)["reports"]) == 2
    assert len(caller.shared_reports(**{"page-size": 3})["reports"]) == 5


def test_posted_lists_may_say_which_page_is_the_last(open_office: Callable[..., Caller]) -> None:
    assert "Last-Page" not in open_office().post("invoices/info", {}).headers
    caller = open_office(last_page_on_posted_lists=True)
    for size, last in ((1, "false"), (500, "true")):
        assert caller.post("invoices/info", {"pageSize": size}).headers["Last-Page"] == last


def test_filters(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    for status in ("PENDING", "APPROVED"):
        rows = caller.get("approval-requests", status=status, userId="x", start="y").json()
        assert {row["approvalRequest"]["status"]["state"] for row in rows} == {status}
    assert caller.get("approval-requests", status="REJECTED").status_code == 400
    policies = {
        status: len(caller.get("time-off/policies", **query).json())
        for status, query in (
            ("", {}),
            ("ACTIVE", {"status": "ACTIVE"}),
            ("ARCHIVED", {"status": "ARCHIVED"}),
            ("ALL", {"status": "ALL"}),
        )
    }
    assert policies == {"": 3, "ACTIVE": 3, "ARCHIVED": 1, "ALL": 4}
    assert len(open_office(policies_default_status="ALL").get("time-off/policies").json()) == 4
    paid = caller.get("invoices", statuses="PAID").json()["invoices"]
    assert {row["status"] for row in paid} == {"PAID"}
    assert caller.get("scheduling/assignments/all", start="2026-01-01T00:00:00Z").status_code == 400
    assert caller.get("holidays/in-period", **PERIOD).status_code == 400


def test_managers_of_groups_are_sent_when_asked_for(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    assert all(row["teamManagers"] is None for row in caller.get("user-groups").json())
    rows = caller.get("user-groups", includeTeamManagers="true").json()
    assert any(row["teamManagers"] for row in rows)


def test_known_failures_of_clockify(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    unknown = {"assigned-to": "0" * 24, **PERIOD}
    assert caller.get("holidays/in-period", **unknown).status_code == 500
    assert caller.get("webhooks", type="SYSTEM").status_code == 500
    url = f"{caller.server.reports_url}/workspaces/{caller.workspace_id}/shared-reports"
    asked = {"sharedReportsFilter": "MINE"}
    assert caller.session.get(url, params=asked, timeout=60).status_code == 500


def test_requests_are_selected_by_creation_or_by_period(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    rows = caller.post("time-off/requests", {"pageSize": 200}).json()["requests"]
    row = max(rows, key=lambda row: row["timeOffPeriod"]["period"]["start"])
    window = {"start": row["createdAt"], "end": row["createdAt"]}
    asked = {"statuses": ["ALL"], "users": [row["userId"]], **window}
    assert caller.post("time-off/requests", asked).json()["requests"] == [row]
    by_period = open_office(time_off_dates="period").post("time-off/requests", asked).json()
    assert row not in by_period["requests"]


def test_approvals_come_newest_first_if_asked(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    asked = {"sort-column": "UPDATED_AT", "sort-order": "DESCENDING", "page-size": 5000}
    rows = caller.get("approval-requests", **asked).json()
    instants = [row["approvalRequest"]["status"]["updatedAt"] for row in rows]
    assert instants == sorted(instants, reverse=True)


def test_unknown_ids_are_no_404(open_office: Callable[..., Caller]) -> None:
    caller = open_office()
    unknown = "0" * 24
    for path in (
        "expenses/{}",
        "invoices/{}",
        "invoices/{}/payments",
        "member-profile/{}",
        "users/{}/managers",
        "time-off/balance/policy/{}",
        "time-off/balance/user/{}",
        "projects/{}/custom-fields",
    ):
        answer = caller.get(path.format(unknown))
        assert (answer.status_code, answer.json()["code"]) == (400, 501), path


def test_a_member_who_is_promoted_sees_everything(open_office: Callable[..., Caller]) -> None:
    caller = open_office(member=True)
    person = someone(caller)
    assert caller.get("webhooks").status_code == 403
    edits.set_member_role(caller.world, caller.workspace_id, person, "WORKSPACE_ADMIN")
    assert caller.get("webhooks").json()["webhooks"][0]["authToken"]
    edits.set_member_role(caller.world, caller.workspace_id, person, "MEMBER")
