"""The rates of people, tasks and groups of the stand-in for TimeCamp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits, truth
from clockify_sandbox.timecamp.model import Group
from timecamp_standin_support import NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import World

RATE = {
    "rateId": 146002,
    "rateTypeId": 12,
    "value": "22.00",
    "refType": "user",
    "addDate": "2000-01-01",
    "refId": "1787724",
}


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def joined(ids: Any) -> str:
    return ",".join(str(each) for each in ids)


def found(caller: Caller, path: str, **query: Any) -> dict[str, list[tuple[int, str, str]]]:
    """Get the type, the value and the first day of the rates of each thing."""
    answer = caller.get(path, **query)
    return {
        key: [(row["rateTypeId"], row["value"], row["addDate"]) for row in rows]
        for key, rows in answer.items()
    }


def test_truth_of_rates_is_what_the_api_says() -> None:
    world = build_company(now=NOW)
    with calling(world) as caller:
        answers = [
            caller.get(f"{kind}/{joined(things)}/rate")
            for kind, things in (
                ("user", world.users),
                ("task", world.tasks),
                ("group", world.groups),
            )
        ]
    rows = [row for answer in answers for rows in answer.values() for row in rows]
    assert all(key == r["refId"] for each in answers for key, rows in each.items() for r in rows)
    assert [len(answer) for answer in answers] == [5, 3, 1]
    assert {row["refType"] for row in rows} == {"user", "task", "group"}
    for row in rows:
        assert list(row) == list(RATE)
        assert [type(value) for value in row.values()] == [type(v) for v in RATE.values()]
    assert sorted(rows, key=lambda row: row["rateId"]) == truth.rows(world, "rates")
    with calling(world, Options(numbers="integers")) as caller:
        user_id = next(iter(world.users))
        first = caller.get(f"user/{user_id}/rate")[str(user_id)][0]
    assert first["refId"] == user_id
    assert first["value"] == "90.00"


def test_rates_of_people(world: World, caller: Caller) -> None:
    first, second, third = world.users
    edits.set_rate(world, "user", first, 22, type_id=13)
    edits.set_rate(world, "user", first, "21.5", since="2026-03-01")
    edits.set_rate(world, "user", first, 20)
    edits.set_rate(world, "user", second, 0.1)
    always = "2000-01-01"
    of_first = [(12, "20.00", always), (12, "21.50", "2026-03-01"), (13, "22.00", always)]
    assert found(caller, f"user/{first}/rate") == {str(first): of_first}
    assert found(caller, f"user/{first},{second},{third}/rate") == {
        str(first): of_first,
        str(second): [(12, "0.10", always)],
    }
    for wanted, of_it in (("13", of_first[2:]), ("12", of_first[:2]), ("13,12,99", of_first)):
        assert found(caller, f"user/{first}/rate", rate_id=wanted) == {str(first): of_it}
    assert found(caller, f"user/{first}/rate", rate_id="all") == {str(first): of_first}
    for path, query in (
        (f"user/{third}/rate", {}),
        ("user/7/rate", {}),
        ("user/me/rate", {}),
        (f"user/{first}/rate", {"rate_id": "99"}),
    ):
        assert caller.get(path, **query) == []
    with calling(world, Options(empty_object_is_list=False, things_without_rates="empty")) as other:
        assert other.get(f"user/{third}/rate") == {}


@pytest.mark.parametrize("kind", ["task", "group"])
def test_rates_of_tasks_and_groups(world: World, caller: Caller, kind: Any) -> None:
    add: Any = edits.add_task if kind == "task" else edits.add_group
    one, two = (add(world, name) for name in ("One", "Two"))
    rate_id = edits.set_rate(world, kind, one, 20, type_id=12)
    assert edits.set_rate(world, kind, one, 21, type_id=12) == rate_id
    edits.set_rate(world, kind, one, 12, type_id=13)
    path = f"{kind}/{{}}/rate"
    assert caller.get(path.format(one), rate_id="12") == {
        str(one): [
            {
                "rateId": rate_id,
                "rateTypeId": 12,
                "value": "21.00",
                "refType": kind,
                "addDate": "2000-01-01",
                "refId": str(one),
            }
        ]
    }
    assert len(caller.get(path.format(f"{two},{one}"))[str(one)]) == 2
    assert list(caller.get(path.format(f"{two},{one}"))) == [str(one)]
    assert caller.get(path.format(two)) == []
    unknown = (404, {"message": f"{kind.capitalize()} 23 not found"})
    for ids in ("23", f"{one},23"):
        refused = caller.ask(path.format(ids))
        assert (refused.status_code, refused.json()) == unknown
    options = Options(unknown_rates_refuse="all", things_without_rates="empty")
    with calling(world, options) as other:
        refused = other.ask(path.format("23,24"))
        assert (refused.status_code, refused.json()) == unknown
        assert list(other.get(path.format(f"{one},23"))) == [str(one)]
        assert other.get(path.format(two)) == {str(two): []}


def test_rates_of_a_person_and_a_group_with_the_same_id(world: World, caller: Caller) -> None:
    same_id = next(iter(world.users))
    world.put(Group(same_id, "Same id"))
    edits.set_rate(world, "user", same_id, 20)
    edits.set_rate(world, "group", same_id, 30)
    for kind, value in (("user", "20.00"), ("group", "30.00")):
        assert found(caller, f"{kind}/{same_id}/rate") == {
            str(same_id): [(12, value, "2000-01-01")]
        }


def test_only_administrators_browse_rates(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    edits.set_rate(world, "user", second, 20)
    theirs = caller.acting_as(second)
    refusal = (403, {"message": "You are not allowed to browse rates"})
    for path in (f"user/{second}/rate", f"user/{first}/rate", "task/23/rate", "group/23/rate"):
        refused = theirs.ask(path)
        assert (refused.status_code, refused.json()) == refusal
    assert theirs.get("me")["permissions"]["can_view_rates"] is False
    edits.set_admin(world, second, admin=True)
    assert theirs.get(f"user/{second}/rate")


def test_edits_of_rates(world: World, caller: Caller) -> None:
    user_id, version = next(iter(world.users)), world.version
    one = edits.set_rate(world, "user", user_id, 20)
    two = edits.set_rate(world, "user", user_id, 25, since="2026-01-01")
    assert edits.set_rate(world, "user", user_id, 21) == one
    assert two != one
    assert world.version == version + 3
    assert [row["value"] for row in truth.rows(world, "rates")] == ["21.00", "25.00"]
    edits.remove_rate(world, one)
    assert world.version == version + 4
    assert [row["rateId"] for row in caller.get(f"user/{user_id}/rate")[str(user_id)]] == [two]
    with pytest.raises(KeyError):
        edits.set_rate(world, "user", 7, 20)
    with pytest.raises(KeyError):
        edits.set_rate(world, "task", user_id, 20)
    assert len(world.rates) == 1
