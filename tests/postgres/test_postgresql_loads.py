"""Every stream loads into PostgreSQL through the community's loader, and again after edits."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import KEYS, UpsertStore, agency, differences, only_workspace, run_tap, serving

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from postgres_target import Postgres
    from support import Row

pytestmark = pytest.mark.bigquery

BEGAN = dt.date(2025, 12, 1)
GONE = ("clients", "expenses", "summary", "time_entries", "time_entry_tags")
TYPES = {
    "string": "text",
    "number": "numeric",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "date-time": "timestamp without time zone",
}
SHORTER = "workspaceSettings_entityCreationPermissions_", "workspaceSettings_"
"""Names of columns that are longer than PostgreSQL's, and how meltano.yml shortens them."""


@dataclass(frozen=True)
class Loaded:
    """What the tap sent, and what was wrong in PostgreSQL after each load."""

    postgres: Postgres
    world: World
    sent: UpsertStore
    wrong: dict[str, list[str]]


@pytest.fixture(scope="module")
def loaded(postgres: Postgres) -> Loaded:
    world = agency(plan="ENTERPRISE_2021", people=3, days=80)
    sent = UpsertStore()
    wrong = {}
    with serving(world) as server:
        for load in ("first", "edited", "again"):
            messages = run_tap(
                server, sent.state, KEYS, timezone="UTC", start_date=BEGAN.isoformat()
            )
            sent.apply(messages)
            done = postgres.load(messages)
            assert done.returncode == 0, done.stderr[-3000:]
            wrong[load] = wrong_rows(postgres, sent)
            if load == "first":
                work_on(world)
            world.clock.advance(dt.timedelta(hours=1))
    return Loaded(postgres, world, sent, wrong)


def work_on(world: World) -> None:
    """Edit entries and objects of all kinds, and delete some."""
    home, rng = only_workspace(world), random.Random(7)  # noqa: S311 - made-up data
    for entry in rng.sample(list(world[home].entries), k=5):
        edits.delete_entry(world, home, entry.id)
    for _ in range(30):
        edits.random_edit(world, rng, home)
    edits.delete_object(world, home, "expenses", next(iter(world[home].objects["expenses"])))
    client = next(iter(world[home].clients))
    edits.archive_client(world, home, client)
    edits.delete_client(world, home, client)


def wrong_rows(postgres: Postgres, sent: UpsertStore) -> list[str]:
    """Compare all columns of all rows with what the tap sent."""
    found = []
    for stream, keys in KEYS.items():
        rows, wanted = (
            postgres.rows(stream),
            [as_loaded(sent, stream, row) for row in sent.rows(stream)],
        )
        found += [f"{stream}: {said}" for said in differences(rows, wanted, keys)]
        if len(rows) != len(wanted):
            found.append(f"{stream}: {len(rows)} rows instead of {len(wanted)}")
    return found


def as_loaded(sent: UpsertStore, stream: str, row: Row) -> Row:
    """Return a row as the table has it, with times as times."""
    properties = sent.schemas[stream]["schema"]["properties"]
    return {
        name.replace(*SHORTER): instant(value)
        if properties[name].get("format") == "date-time"
        else value
        for name, value in row.items()
    }


def instant(value: Any) -> Any:
    return value and dt.datetime.fromisoformat(value)


@pytest.mark.parametrize("load", ["first", "edited", "again"])
def test_every_row_is_there_once_with_every_value(loaded: Loaded, load: str) -> None:
    assert loaded.wrong[load] == []


def test_tables_and_their_sums_equal_clockify(loaded: Loaded) -> None:
    store = UpsertStore()
    store.schemas = loaded.sent.schemas
    for stream, keys in KEYS.items():
        for row in loaded.postgres.rows(stream):
            times = {name: text(value) for name, value in row.items()}
            store.tables.setdefault(stream, {})[tuple(row[key] for key in keys)] = times
    assert wrong_with(store, loaded.world, first=BEGAN) == []


def text(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, dt.datetime) else value


@pytest.mark.parametrize("stream", GONE)
def test_what_is_gone_stays_as_a_tombstone(loaded: Loaded, stream: str) -> None:
    rows = loaded.postgres.rows(stream)
    gone = [row for row in rows if row["is_deleted"]]
    assert gone
    assert {row["_sdc_deleted_at"] is None for row in gone} == {False}
    assert {row["_sdc_deleted_at"] for row in rows if not row["is_deleted"]} == {None}


def test_every_column_has_the_type_of_its_schema(loaded: Loaded) -> None:
    types = loaded.postgres.types()
    for stream, message in loaded.sent.schemas.items():
        for name, column in message["schema"]["properties"].items():
            kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
            kind = column.get("format") or next(each for each in kinds if each != "null")
            assert types[stream, name.replace(*SHORTER)] == TYPES[kind], (stream, name)


def test_refused_row_fails_the_load(postgres: Postgres) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "number"}}}
    head = {"type": "SCHEMA", "stream": "wrong", "schema": schema, "key_properties": ["id"]}
    rows = [
        {"type": "RECORD", "stream": "wrong", "record": {"id": f"i{number}", "n": value}}
        for number, value in enumerate((1, "many"))
    ]
    done = postgres.load([head, *rows, {"type": "STATE", "value": {"sent": True}}])
    assert done.returncode != 0
    assert done.stdout == ""
    assert postgres.rows("wrong") == []
