"""Odd input and odd answers end with a sentence, and the first run shows what it will adopt."""

from __future__ import annotations

import contextlib
import io
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.resources import store
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FieldValue
from mirror_support import DESTINATION, MONDAY
from target_clockify.command import Command

if TYPE_CHECKING:
    from pathlib import Path

    from mirror_support import Sync


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "RECORD", "stream": "time_entries", "record": null}',
        '{"type": "RECORD", "stream": "time_entries", "record": [1]}',
        '{"type": "SCHEMA", "stream": "time_entries", "schema": null}',
        '{"type": "SCHEMA", "stream": "time_entries", "schema": {"properties": null}}',
        '{"type": "RECORD", "stream": "time_entries", "record": {"id": "1", "start":'
        ' "0001-01-01T00:00:00+14:00"}}',
    ],
)
def test_message_of_a_wrong_form_is_no_traceback(sync: Sync, line: str) -> None:
    lines = sync.lines()

    result = sync.run([lines[0], line, lines[-1]], first=True)

    assert (result.code, result.writes) == (1, 0)
    assert "nothing was written" in result.error.lower()


@pytest.mark.parametrize("column", ["not JSON", [{"name": "Ticket", "value": "T-1"}]])
def test_column_of_custom_fields_that_is_no_text_is_no_traceback(sync: Sync, column: Any) -> None:
    sync.track()
    lines = [
        json.dumps({**message, "record": {**message["record"], "custom_fields": column}})
        if (message := json.loads(line)).get("stream") == "time_entries"
        and message["type"] == "RECORD"
        else line
        for line in sync.lines()
    ]

    result = sync.run(lines, first=True, fields=["custom_fields"])

    assert (result.code, result.writes) == (1, 0)


@pytest.mark.parametrize(
    "body",
    [
        '[{"id": "1"}]',
        '[{"id": "1", "userId": "2", "timeInterval": null}]',
        '[{"id": "1", "userId": "2", "timeInterval": {"start": null, "end": null}}]',
        '[{"id": "1", "userId": "2", "timeInterval": {"start": "soon", "end": null}}]',
        "[null]",
    ],
)
def test_entry_of_an_odd_form_is_no_traceback(sync: Sync, body: str) -> None:
    sync.track()
    sync.server.faults.add(
        "status",
        match=lambda seen: seen.method == "GET" and seen.path.endswith("/time-entries"),
        times=None,
        status=200,
        body=body,
    )

    result = sync.run(first=True)

    assert (result.code, result.writes) == (1, 0)


@pytest.mark.parametrize("body", ['[{"name": "Website"}]', '[{"id": "1", "tasks": [null]}]'])
def test_project_of_an_odd_form_is_no_traceback(sync: Sync, body: str) -> None:
    sync.track(project_id=sync.project())
    sync.server.faults.add(
        "status",
        match=lambda seen: seen.method == "GET" and seen.path.endswith("/projects"),
        times=None,
        status=200,
        body=body,
    )

    assert sync.run(first=True).code == 1


def test_plan_file_that_cannot_be_written_is_no_traceback(sync: Sync) -> None:
    sync.run(['{"type": "STATE", "value": {}}'], first=True)
    sync.track()

    result = sync.run(plan_file=str(sync.folder / "nowhere" / "plan.jsonl"))

    assert (result.code, result.writes) == (1, 0)
    assert "plan_file" in result.error


def test_plan_file_that_exists_is_closed_to_others(sync: Sync, tmp_path: Path) -> None:
    sync.track()
    plan = tmp_path / "plan.jsonl"
    plan.write_text("")
    plan.chmod(0o644)

    sync.run(first=True, plan_file=str(plan))

    assert stat.S_IMODE(plan.stat().st_mode) == 0o600


def test_init_shows_what_is_adopted_and_what_stays_unexplained(sync: Sync) -> None:
    sync.track(description="Adopted")
    for _ in range(2):
        sync.native(description="Adopted")
    config = {
        "api_key": sync.world.api_key,
        "api_url": sync.server.api_url,
        "workspace_id": DESTINATION,
        "ledger": str(sync.ledger),
    }
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        Command(config=config).start_ledger(io.StringIO("\n".join(sync.lines()) + "\n"))

    assert err.getvalue().count('"Adopted"') == 2


def test_custom_field_that_is_cleared_at_the_source_is_cleared_at_the_copy(sync: Sync) -> None:
    ids = {
        workspace_id: store.add(
            sync.world,
            workspace_id,
            "custom_fields",
            name="Ticket",
            type="TXT",
            entityType="TIMEENTRY",
            status="VISIBLE",
        )["id"]
        for workspace_id in (sync.source, DESTINATION)
    }
    value = FieldValue(ids[sync.source], "Ticket", "TXT", "T-1")
    entry = sync.track(MONDAY, fields=(value,))
    sync.settings["fields"] = ["description", "custom_fields"]
    sync.run(first=True)
    edits.set_field(
        sync.world, sync.source, entry.id, FieldValue(value.field_id, "Ticket", "TXT", "")
    )

    sync.run()

    (copy,) = sync.there.entries
    assert [each.value for each in copy.fields if each.value] == []
