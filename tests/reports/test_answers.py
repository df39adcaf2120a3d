"""The hash of what Clockify answers about a day changes if, and only if, the answer does."""

from __future__ import annotations

import copy
import datetime as dt
import random
from typing import Any

import msgspec
import pytest

from tap_clockify.dates.windows import Window
from tap_clockify.reports.answers import answer_to, together
from tap_clockify.reports.totals import SummaryReport

DAY = dt.date(2026, 3, 2)
WINDOW = Window(DAY, DAY + dt.timedelta(days=1))


def group(key: Any, **more: Any) -> dict[str, Any]:
    amounts = [{"type": "EARNED", "value": 100}, {"type": "COST", "value": 40}]
    return {"_id": key, "name": f"name of {key}", "duration": 3600, "amounts": amounts, **more}


ANSWER = {
    "groupOne": [
        group(
            str(DAY),
            children=[
                group("anna", children=[group("film", clientName="ACME"), group("shop")]),
                group("ben", children=[group("", duration=60)]),
            ],
        )
    ]
}


def hashed(answer: dict[str, Any]) -> dict[int, bytes]:
    return answer_to(WINDOW, msgspec.convert(answer, SummaryReport))


def changed(path: str, **more: Any) -> dict[str, Any]:
    answer: Any = copy.deepcopy(ANSWER)
    found = answer["groupOne"][0]
    for number in path:
        found = found["children"][int(number)]
    found.update(more)
    return dict(answer)


@pytest.mark.parametrize(
    "answer",
    [
        changed("00", _id="book"),
        changed("00", name="Film 2"),
        changed("00", clientName="Umbrella"),
        changed("00", duration=3601),
        changed("01", amounts=[{"type": "EARNED", "value": 101}, {"type": "COST", "value": 40}]),
        changed("01", amounts=[{"type": "EARNED", "value": 100}, {"type": "COST", "value": 41}]),
        changed("1", name="Benjamin"),
        changed("1", children=[]),
        changed("0", children=[group("film", clientName="ACME")]),
    ],
)
def test_another_answer_has_another_hash(answer: dict[str, Any]) -> None:
    day, other = DAY.toordinal(), DAY.toordinal() + 1
    assert hashed(answer)[day] != hashed(ANSWER)[day]
    assert hashed(answer)[other] == hashed(ANSWER)[other]


def test_projects_that_people_swap_show() -> None:
    """The same persons and projects have the same sums."""
    one = changed(
        "", children=[group("a", children=[group("x")]), group("b", children=[group("y")])]
    )
    two = changed(
        "", children=[group("a", children=[group("y")]), group("b", children=[group("x")])]
    )
    assert hashed(one) != hashed(two)


@pytest.mark.parametrize("seed", range(5))
def test_order_of_groups_does_not_matter(seed: int) -> None:
    answer: Any = copy.deepcopy(ANSWER)

    def shuffle(groups: list[Any]) -> None:
        random.Random(seed).shuffle(groups)  # noqa: S311
        for each in groups:
            shuffle(each.get("children", []))
            each["amounts"].reverse()

    shuffle(answer["groupOne"])
    assert hashed(answer) == hashed(ANSWER)


def test_sums_in_another_order_do_not_matter() -> None:
    one = changed("00", amounts=[], amount=40055.555555555555)
    two = changed("00", amounts=[], amount=40055.55555555556)
    assert hashed(one) == hashed(two)


@pytest.mark.parametrize("missing", [None, "", "absent"])
def test_missing_ids_are_the_same_however_they_are_sent(missing: str | None) -> None:
    answer = changed("10", _id=missing)
    if missing == "absent":
        del answer["groupOne"][0]["children"][1]["children"][0]["_id"]
    assert hashed(answer) == hashed(ANSWER)


def test_description_has_an_object_for_an_id() -> None:
    one = changed("00", _id={"DATE": "2026-03-02", "TAG": "x", "TIMEENTRY": "Call"})
    two = changed("00", _id={"TIMEENTRY": "Call", "TAG": "x", "DATE": "2026-03-02"})
    three = changed("00", _id={"DATE": "2026-03-02", "TAG": "x", "TIMEENTRY": "Mail"})
    assert hashed(one) == hashed(two) != hashed(three)


def test_each_of_two_answers_counts() -> None:
    one, two = hashed(ANSWER), hashed(changed("00", duration=1))
    both = together([one, two])
    assert both.keys() == one.keys()
    assert both != together([one, one])
    assert both != together([two, two])
