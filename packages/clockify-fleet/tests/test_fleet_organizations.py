"""Where organisations are configured, and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_fleet.database import ORGANIZATIONS
from clockify_fleet.errors import FleetError
from clockify_fleet.fleet import chosen
from clockify_fleet.organizations import Kind, Organization, Unusable, organization
from clockify_fleet.sources import add, read
from fleet_support import organization_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

ACME = {"organization_id": "acme", "destination_dataset": "acme_clockify"}
COPY = {
    "organization_id": "holding",
    "kind": "bigquery",
    "source_dataset": "acme_clockify",
    "destination_dataset": "holding",
    "destination_table": "time_entries, users",
    "key_columns": "workspace_id,id",
}


def reason(**fields: Any) -> str:
    found = organization({**ACME, **fields}, "fleet.yml, line 7")
    assert isinstance(found, Unusable), found
    return found.reason


def test_a_row_and_a_line_say_the_same() -> None:
    row = organization({**COPY, "id": 3, "created_at": None, "enabled": None, "secret": ""}, "")
    line = organization(
        {
            **COPY,
            "destination_table": ["time_entries", "users"],
            "key_columns": ["workspace_id", "id"],
        },
        "",
    )

    assert isinstance(row, Organization)
    assert row == line
    assert row.enabled
    assert row.destination_table == ("time_entries", "users")


def test_a_row_without_a_kind_is_what_its_columns_say() -> None:
    acme = organization(ACME, "")
    copy = organization({**COPY, "kind": None}, "")
    assert isinstance(acme, Organization)
    assert isinstance(copy, Organization)
    assert (acme.kind, copy.kind) == (Kind.CLOCKIFY, Kind.BIGQUERY)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"organization_id": "Acme"}, 'organization_id: "Acme" does not match'),
        ({"organization_id": "../x"}, "organization_id"),
        ({"organization_id": 5}, "organization_id"),
        ({"destination_dataset": "a`b"}, 'destination_dataset: "a`b" does not match'),
        ({"destination_dataset": None}, "destination_dataset"),
        ({"destination_project": "a b"}, "destination_project"),
        ({"kind": "snowflake"}, 'kind: "snowflake" is none of'),
        ({"workspace_ids": "../5"}, "workspace_ids"),
        ({"colour": "red"}, "colour is no known field"),
        ({"kind": "bigquery"}, "source_dataset: a copy (kind bigquery) needs it"),
        ({**COPY, "key_columns": "id; DROP TABLE x"}, "key_columns"),
        ({**COPY, "destination_table": "a.b"}, "destination_table"),
        ({**COPY, "destination_dataset": "acme_clockify"}, "it is the source itself"),
        ({"settings": {"api_key": "x"}}, "settings: api_key is secret"),
        ({"settings": "no object"}, "settings"),
        ({"settings": {"A B": 1}}, 'settings: "A B" is no name of a setting'),
        ({"secret": "Y2xvY2tpZnkta2V5LWxvb2tzLWxpa2UtdGhpcy0wMTIzNDU2"}, "looks like a key"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], sentence: str) -> None:
    assert sentence in reason(**fields)
    assert reason(**fields).startswith("fleet.yml, line 7")


def test_one_that_is_wrong_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(
        "organizations:\n- organization_id: acme\n  destination_dataset: a\n"
        "- organization_id: globex\n  destination_data: b\n- nonsense\n"
    )

    found = read(path, None)

    assert [type(each) for each in found] == [Unusable, Organization, Unusable]
    assert "fleet.yml, line 4, organisation globex: destination_dataset is missing" in str(found[2])


@pytest.mark.parametrize("text", ["organizations: {a: 1}", "5", "a: [", "\x00"])
def test_a_file_that_is_no_list_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "fleet.yml").write_text(text)
    with pytest.raises(FleetError, match=r"fleet\.yml"):
        read(tmp_path / "fleet.yml", None)


def test_two_organisations_never_share_an_id_or_a_dataset(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    lines = [{**ACME}, {**ACME, "organization_id": "globex"}, {**ACME, "organization_id": "solo"}]
    lines[2]["destination_dataset"] = "solo"
    path.write_text(json.dumps([*lines, {**lines[2], "destination_dataset": "solo2"}]))

    found = read(path, None)

    assert not [each for each in found if isinstance(each, Organization)]
    assert "is another organisation's as well" in str(found[0])
    assert "Organisation solo is configured twice" in str(found[2])


def test_organisations_are_added_to_the_file(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "fleet.yml"
    globex = organization_of("globex", workspace_ids="a1,b2", settings={"region": "euc1"})
    add(organization_of("acme"), path, engine, is_in_database=False)
    path.write_text("# A remark.\n" + path.read_text())
    add(globex, path, engine, is_in_database=False)

    assert "# A remark." in path.read_text()
    assert read(path, engine) == [organization_of("acme"), globex]
    with pytest.raises(FleetError, match="configured twice"):
        add(organization_of("acme"), path, engine, is_in_database=False)


def test_organisations_are_added_to_the_table(tmp_path: Path, engine: Engine) -> None:
    copy = organization(COPY, "")
    assert isinstance(copy, Organization)
    globex = organization_of("globex", workspace_ids="a1,b2", settings={"region": "euc1"})
    for each in (copy, globex):
        assert add(each, tmp_path / "x", engine, is_in_database=True) == "client_billing_config"

    assert read(None, engine) == [globex, copy]
    with engine.connect() as connection:
        rows = connection.execute(ORGANIZATIONS.select()).mappings().all()
    assert rows[0]["key_columns"] == "workspace_id,id"
    assert rows[0]["created_at"] is not None


def test_a_run_is_of_those_that_are_due() -> None:
    daily = organization_of("daily", schedule="daily")
    off = organization_of("off", enabled=False)
    other = organization_of("other")
    found = [daily, off, other, Unusable("wrong", "It is wrong.")]

    assert chosen(found) == [daily, other, found[3]]
    assert chosen(found, schedule="daily") == [daily, found[3]]
    assert chosen(found, ["off"]) == [off]
    assert chosen(found, shard=(0, 2)) == [daily, found[3]]
    assert chosen(found, shard=(1, 2)) == [other]
    with pytest.raises(FleetError, match='No organisation has the schedule "dayly"'):
        chosen(found, schedule="dayly")
    with pytest.raises(FleetError, match="No organisation is called nobody"):
        chosen(found, ["nobody"])
