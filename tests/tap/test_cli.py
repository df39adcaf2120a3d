"""The command, as a user or Meltano runs it, and the features of the SDK."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from support import (
    KEYS,
    Lines,
    UpsertStore,
    agency,
    catalog_with,
    config_for,
    discovered,
    records,
    run_cli,
    run_tap,
    serving,
    writer_into,
)

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from support import Message


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(agency(people=6, days=80, plan="ENTERPRISE_2021")) as server:
        yield server


# The command


def test_version(tmp_path: Path) -> None:
    run = run_cli(tmp_path, "--version")
    assert run.returncode == 0
    assert run.stdout.startswith(f"tap-clockify v{TapClockify.plugin_version}")


def test_log_of_a_run_is_four_lines(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(server)))
    run = run_cli(tmp_path, "--config", str(config), TAP_CLOCKIFY_LOGLEVEL="INFO")
    assert run.returncode == 0, run.stderr
    said = [line.rpartition(" | ")[2] for line in run.stderr.splitlines()]
    begins = ["tap-clockify v", "Reading ", "Proof: ", "Complete in "]
    assert [text.startswith(begin) for text, begin in zip(said, begins, strict=True)] == [True] * 4


def test_metrics_for_debugging_carry_stream_and_endpoint(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(server)))
    run = run_cli(tmp_path, "--config", str(config), TAP_CLOCKIFY_LOGLEVEL="DEBUG")
    points = [
        json.loads(line.partition("METRIC: ")[2])
        for line in run.stderr.splitlines()
        if "METRIC: " in line
    ]
    requests = [point["tags"] for point in points if point["metric"] == "http_request_duration"]
    assert requests
    assert all("http" in tags["endpoint"] and tags["stream"] for tags in requests)
    streams = {tags["stream"] for tags in requests}
    assert {"clients", "all"} <= streams
    assert any("summary" in stream and "time_entries" in stream for stream in streams)


def test_about_needs_no_settings(tmp_path: Path) -> None:
    run = run_cli(tmp_path, "--about", "--format=json")
    assert run.returncode == 0, run.stderr
    about = json.loads(run.stdout)
    assert about["name"] == "tap-clockify"
    assert about["version"] == TapClockify.plugin_version
    offered = {"catalog", "discover", "state", "stream-maps", "schema-flattening"}
    assert offered <= set(about["capabilities"])
    assert about["settings"]["properties"]["lookback_days"]["default"] == 84


def test_discovery_needs_no_key(tmp_path: Path) -> None:
    run = run_cli(tmp_path, "--discover")
    assert run.returncode == 0
    assert json.loads(run.stdout) == discovered()


def test_connection_test_of_the_sdk_reads_a_row_of_every_stream(server: Server) -> None:
    sent: list[Message] = []
    tap = TapClockify(
        config=config_for(server, start_date="2026-01-01"), message_writer=writer_into(Lines(sent))
    )
    assert tap.run_connection_test()
    read = {message["stream"] for message in sent if message["type"] == "RECORD"}
    # The world's changes are months before the real time of this run.
    assert read >= KEYS.keys() - {"sync_runs", "entity_changes"}


def test_state_and_catalog_from_files(server: Server, tmp_path: Path) -> None:
    """As Meltano does it: discovery, then syncs with files. It runs now, after all entries."""
    files = {
        "config": config_for(server, timezone="UTC", start_date="2025-01-01"),
        "catalog": catalog_with(["summary"]),
        "state": {},
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    arguments = [f"--{name}={tmp_path / name}.json" for name in files]
    store = UpsertStore()
    for _ in range(2):
        run = run_cli(tmp_path, *arguments)
        assert run.returncode == 0, run.stderr
        store.apply(json.loads(line) for line in run.stdout.splitlines())
        (tmp_path / "state.json").write_text(json.dumps(store.state))
    entries = [e for c in server.world.workspaces.values() for e in c.entries if e.end]
    assert set(store.tables) == {"summary"}
    assert store.total("summary", "duration_decimal") == pytest.approx(
        sum(entry.seconds for entry in entries) / 3600
    )


# Selection


@pytest.mark.parametrize("stream", KEYS)
def test_stream_alone(server: Server, stream: str) -> None:
    messages = run_tap(server, select=[stream])
    assert {m["stream"] for m in messages if m["type"] != "STATE"} == {stream}
    if stream != "sync_runs":
        assert records(messages, stream)


@pytest.mark.parametrize("streams", [["summary"], ["time_entries"], ["clients", "users"]])
def test_deselected_streams_cost_no_request(server: Server, streams: list[str]) -> None:
    server.requests.clear()
    run_tap(server, select=streams)
    for path in ("clients", "projects", "users"):
        assert server.requests.count(f"/{path}[?]") == (path in streams)
    wants_reports = "summary" in streams or "time_entries" in streams
    assert server.requests.count("/reports/") == (2 if wants_reports else 0)


def test_both_streams_of_time_are_made_from_one_reading(server: Server) -> None:
    server.requests.clear()
    run_tap(server, select=["summary", "time_entries"])
    assert server.requests.count("/reports/") == 2


@pytest.mark.parametrize(
    "column", ["users.email", "users.customFields", "summary.user", "projects.duration"]
)
def test_deselected_column_is_in_no_message(server: Server, column: str) -> None:
    stream, name = column.split(".")
    messages = run_tap(server, catalog=catalog_with([stream], without=[column]))
    (schema,) = [m for m in messages if m["type"] == "SCHEMA"]
    assert name not in schema["schema"]["properties"]
    rows = records(messages, stream)
    assert rows
    assert not any(name in row for row in rows)


@pytest.mark.parametrize(("stream", "key"), [("summary", "date"), ("clients", "id")])
def test_catalog_without_a_key_is_refused(server: Server, stream: str, key: str) -> None:
    catalog = discovered()
    (entry,) = [e for e in catalog["streams"] if e["tap_stream_id"] == stream]
    del entry["schema"]["properties"][key]
    messages: list[Message] = []
    with pytest.raises(ClockifyError) as caught:
        run_tap(server, catalog=catalog, into=messages)
    assert str(caught.value) == (
        f"The catalog's schema of the stream {stream} lacks {key}, by which a loader merges its"
        " rows. Create the catalog again with --discover."
    )
    assert [message["type"] for message in messages] == ["STATE"]


def test_keys_cannot_be_deselected(server: Server) -> None:
    without = [f"summary.{name}" for name in KEYS["summary"]]
    messages = run_tap(server, catalog=catalog_with(["summary"], without=without))
    for row in records(messages, "summary"):
        assert set(KEYS["summary"]) <= row.keys()


# Stream maps and flattening


def mapped(server: Server, maps: dict[str, Any], **config: Any) -> list[dict[str, Any]]:
    return run_tap(server, stream_maps=maps, **config)


def test_alias_of_a_stream(server: Server) -> None:
    maps = {"summary": {"__alias__": "summary_time_entry_report"}}
    messages = mapped(server, maps, select=["summary"])
    assert {m["stream"] for m in messages if m["type"] != "STATE"} == {"summary_time_entry_report"}
    (schema,) = [m for m in messages if m["type"] == "SCHEMA"]
    assert schema["key_properties"] == KEYS["summary"]
    assert messages[-1]["value"]["bookmarks"].keys() == {"summary"}


def test_column_hashed_by_a_stream_map(server: Server) -> None:
    messages = mapped(server, {"users": {"email": "md5(email)"}}, select=["users"])
    emails = {user.email for user in server.world.users.values()}
    hashed = {hashlib.md5(email.encode(), usedforsecurity=False).hexdigest() for email in emails}
    assert {row["email"] for row in records(messages, "users")} == hashed


def test_column_removed_by_a_stream_map(server: Server) -> None:
    messages = mapped(server, {"users": {"email": "__NULL__"}}, select=["users"])
    (schema,) = [m for m in messages if m["type"] == "SCHEMA"]
    assert "email" not in schema["schema"]["properties"]
    assert not any("email" in row for row in records(messages, "users"))


def test_rows_filtered_by_a_stream_map(server: Server) -> None:
    maps = {"clients": {"__filter__": "not archived"}}
    rows = records(mapped(server, maps, select=["clients"]), "clients")
    assert rows
    assert {row["archived"] for row in rows} == {False}


def test_flattening_finds_nothing_to_flatten(server: Server) -> None:
    plain = run_tap(server, select=["users", "projects"])
    flat = run_tap(
        server, select=["users", "projects"], flattening_enabled=True, flattening_max_depth=3
    )
    for stream in ("users", "projects"):
        tables = [
            [
                {k: v for k, v in row.items() if k != "import_timestamp"}
                for row in records(m, stream)
            ]
            for m in (plain, flat)
        ]
        assert tables[0] == tables[1]
