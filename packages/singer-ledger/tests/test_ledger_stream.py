"""What a run sends, given what earlier runs sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from ledger_runs import records
from notes_tap import TODAY, note
from singer_ledger.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger_runs import Runs
    from notes_tap import Service

NOON = dt.datetime.combine(TODAY, dt.time(12), tzinfo=dt.UTC)
OLD = TODAY - dt.timedelta(days=30)
MANY = 60


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_row_that_is_gone_keeps_its_key_and_its_day(runs: Runs, service: Service) -> None:
    service.notes = [note(1), note(2)]
    runs.run()
    service.notes = [note(2)]
    runs.run()
    assert runs.live("notes") == [{**note(2), "_sdc_deleted_at": None}]
    assert runs.gone("notes") == [
        {"id": "1", "day": str(TODAY), "hours": None, "_sdc_deleted_at": NOON.isoformat()}
    ]


def test_a_tombstone_is_sent_in_every_run_with_the_first_instant(
    runs: Runs, service: Service, clock: time_machine.Traveller
) -> None:
    service.notes = [note(1), note(2)]
    runs.run()
    service.notes = [note(2)]
    runs.messages()  # nobody loads it, not even its state
    clock.shift(3600)
    first = runs.run()
    clock.shift(3600)
    second = runs.run()
    (sent,), (again,) = (
        [r for r in records(m, "notes") if r["id"] == "1"] for m in (first, second)
    )
    assert sent == again
    assert sent["_sdc_deleted_at"] == (NOON + dt.timedelta(hours=1)).isoformat()


def test_a_row_that_comes_back_is_there_again(runs: Runs, service: Service) -> None:
    for notes in ([note(1)], [], [note(1, hours=3)]):
        service.notes = notes
        runs.run()
    assert runs.live("notes") == [{**note(1, hours=3), "_sdc_deleted_at": None}]
    assert runs.gone("notes") == []


def test_a_row_that_is_missing_is_looked_up_before_it_counts_as_gone(
    runs: Runs, service: Service
) -> None:
    service.notes = [note(1), note(2)]
    runs.run()
    service.notes, service.again = [note(2)], [note(1, hours=5)]
    runs.run()
    assert {row["id"]: row["hours"] for row in runs.live("notes")} == {"1": 5, "2": 1}
    assert runs.gone("notes") == []


def test_a_reported_deletion_of_any_age_arrives(runs: Runs, service: Service) -> None:
    service.notes = [note(1)]
    runs.run()
    service.deleted = {"9": str(OLD)}
    runs.run()
    assert [row["id"] for row in runs.gone("notes")] == ["9"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_row_that_is_listed_and_reported_as_deleted_is_looked_up(
    runs: Runs, service: Service, *, exists: bool
) -> None:
    service.notes, service.deleted = [note(1)], {"1": str(TODAY)}
    service.again = [note(1)] if exists else []
    runs.run()
    assert (len(runs.live("notes")), len(runs.gone("notes"))) == ((1, 0) if exists else (0, 1))


def test_a_killed_run_counts_as_having_sent_all_that_it_announced(
    runs: Runs, service: Service
) -> None:
    service.notes = [note(1), note(2)]
    # SCHEMA, STATE at the start, STATE that announces, and one row.
    runs.killed(after=4)
    assert [row["id"] for row in runs.live("notes")] == ["1"]
    service.notes = [note(2)]
    runs.run()
    assert [row["id"] for row in runs.live("notes")] == ["2"]
    assert [row["id"] for row in runs.gone("notes")] == ["1"]


def test_many_missing_rows_stop_the_run(runs: Runs, service: Service) -> None:
    service.notes = [note(number) for number in range(MANY)]
    runs.run()
    service.notes = []
    with pytest.raises(ExtractError, match=r"60 of 60 rows of notes are missing.*allow_removals"):
        runs.run()
    assert len(runs.live("notes")) == MANY
    runs.run(allow_removals=True)
    assert len(runs.gone("notes")) == MANY


def test_a_few_missing_rows_never_do(runs: Runs, service: Service) -> None:
    service.notes = [note(number) for number in range(50)]
    runs.run()
    service.notes = []
    runs.run()
    assert len(runs.gone("notes")) == 50


def test_a_token_of_somebody_else_stops_the_run(runs: Runs, service: Service) -> None:
    service.notes = [note(1)]
    runs.run()
    service.users, service.notes = ["bob"], []
    with pytest.raises(ExtractError, match=r"belongs to somebody else.*accept_changed_view"):
        runs.run()
    runs.run(accept_changed_view=True)
    assert [row["id"] for row in runs.live("notes")] == ["1"]
    runs.run()
    assert runs.gone("notes") == []


@pytest.mark.parametrize(
    ("accepted", "said"), [(False, "somebody else"), (True, "changed during the run")]
)
def test_a_token_that_changes_during_the_run_marks_nothing_as_gone(
    runs: Runs, service: Service, said: str, *, accepted: bool
) -> None:
    service.notes = [note(1)]
    runs.run()
    service.notes = []
    service.users = ["ada", "bob"]
    with pytest.raises(ExtractError, match=said):
        runs.run(accept_changed_view=accepted)
    assert runs.gone("notes") == []


def test_a_row_that_does_not_fit_fails_before_anything_is_sent(
    runs: Runs, service: Service
) -> None:
    service.notes = [note(1), {**note(2), "hours": "secret diary"}]
    with pytest.raises(ExtractError, match=r"a row of notes that does not fit: hours") as raised:
        runs.run()
    assert "diary" not in str(raised.value)
    assert runs.live("notes") == []
