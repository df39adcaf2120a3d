"""What the key of a regular member sees of a workspace, compared with that of an administrator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Membership

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

DAYS = ("2026-08-01", "2026-08-31")
START = datetime(2026, 8, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Office:
    """A workspace with an entry, a timer and a private project of each of its two people."""

    def __init__(self, serve: Callable[..., Caller], world: World, options: Options) -> None:
        """Serve it to the key of the person who is not its owner."""
        self.caller = serve(world, options)
        self.world = world
        self.id = self.caller.workspace_id
        self.owner = world.owner_id
        self.mia = edits.add_user(world, self.id, "Mia").id
        self.people = (self.owner, self.mia)
        self.entries = [
            edits.add_entry(world, self.id, user_id, START, START + HOUR).id
            for user_id in self.people
        ]
        self.timers = [edits.start_timer(world, self.id, user_id).id for user_id in self.people]
        self.public = edits.add_project(world, self.id, "Public").id
        self.private = [self._private_project(user_id) for user_id in self.people]
        world.api_keys["mia"] = self.mia
        self.caller.session.headers["X-Api-Key"] = "mia"

    def _private_project(self, user_id: str) -> str:
        project = edits.add_project(self.world, self.id, f"Of {user_id}")
        team = (Membership(user_id, project.id, type="PROJECT"),)
        self.world.change(replace(project, public=False, memberships=team))
        edits.add_task(self.world, self.id, project.id, "Task")
        return project.id

    def promote(self) -> None:
        edits.set_member_role(self.world, self.id, self.mia, "WORKSPACE_ADMIN")

    def listed(self, path: str, **query: str) -> set[str]:
        """List the ids that a path answers with."""
        answer = self.caller.get(path, **query)
        assert answer.status_code == 200
        return {row["id"] for row in answer.json()}

    def status(self, path: str, **query: str) -> int:
        return self.caller.get(path, **query).status_code


@pytest.fixture
def office(serve: Callable[..., Caller], empty: World) -> Office:
    return Office(serve, empty, Options(running_in_detailed=True))


def test_reports_show_a_member_their_own_time(office: Office) -> None:
    assert {row["userId"] for row in office.caller.rows(*DAYS)} == {office.mia}
    grouped = {"summaryFilter": {"groups": ["USER"]}}
    groups = office.caller.report("summary", *DAYS, **grouped).json()["groupOne"]
    assert [group["_id"] for group in groups] == [office.mia]
    office.promote()
    assert {row["userId"] for row in office.caller.rows(*DAYS)} == set(office.people)


def test_member_sees_the_projects_that_are_public_or_theirs(office: Office) -> None:
    others, own = office.private
    assert office.listed("projects") == {office.public, own}
    assert office.listed("projects", access="PRIVATE") == {own}
    assert [office.status(f"projects/{each}") for each in (office.public, own)] == [200, 200]
    assert office.status(f"projects/{others}") == 403
    assert office.status(f"projects/{others}/tasks") == 403
    assert len(office.listed(f"projects/{own}/tasks")) == 1
    office.promote()
    assert office.listed("projects") == {office.public, *office.private}
    assert office.status(f"projects/{others}") == 200


def test_member_sees_their_own_timers(office: Office) -> None:
    path = "time-entries/status/in-progress"
    assert office.listed(path) == {office.timers[1]}
    office.promote()
    assert office.listed(path) == set(office.timers)


def test_entries_of_others_are_refused_to_a_member(office: Office) -> None:
    others, own = office.entries
    assert office.status(f"time-entries/{own}") == 200
    assert office.status(f"time-entries/{others}") == 403
    assert office.status(f"user/{office.owner}/time-entries") == 403
    office.promote()
    assert office.status(f"time-entries/{others}") == 200
    assert office.status(f"user/{office.owner}/time-entries") == 200


def test_feed_is_refused_to_a_member_unless_an_option_says_otherwise(
    serve: Callable[..., Caller], empty: World
) -> None:
    office = Office(serve, empty, Options())
    feeds = [f"entities/{kind}" for kind in ("created", "updated", "deleted")]
    assert [office.status(feed, type="TIME_ENTRY") for feed in feeds] == [403] * 3
    office.promote()
    assert [office.status(feed, type="TIME_ENTRY") for feed in feeds] == [200] * 3


def test_feed_may_answer_a_member(serve: Callable[..., Caller], empty: World) -> None:
    office = Office(serve, empty, Options(feed_for_members=True))
    assert office.status("entities/created", type="TIME_ENTRY") == 200


def test_feed_that_is_off_answers_no_role(serve: Callable[..., Caller], empty: World) -> None:
    office = Office(serve, empty, Options(feed="forbidden", feed_for_members=True))
    assert office.status("entities/created", type="TIME_ENTRY") == 403


@pytest.mark.parametrize("is_promoted", [False, True])
def test_everyone_sees_the_roles_of_all(office: Office, *, is_promoted: bool) -> None:
    """A regular member has no role: the contract names administrators and managers only."""
    if is_promoted:
        office.promote()
    rows = office.caller.get("users", **{"include-roles": "true"}).json()
    roles = {row["id"]: [each["role"] for each in row["roles"]] for row in rows}
    assert roles == {
        office.owner: ["OWNER"],
        office.mia: ["WORKSPACE_ADMIN"] if is_promoted else [],
    }
    assert all("roles" not in row for row in office.caller.get("users").json())


def test_owner_who_hands_over_sees_less(office: Office) -> None:
    edits.set_member_role(office.world, office.id, office.owner, "MEMBER")
    office.caller.session.headers["X-Api-Key"] = office.world.api_key
    assert office.listed("time-entries/status/in-progress") == {office.timers[0]}
