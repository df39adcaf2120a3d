"""The SDK's standard tests, and our own in place of those that cannot fail."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from support import (
    KEYS,
    UpsertStore,
    agency,
    catalog_with,
    config_for,
    only_workspace,
    run_tap,
    serving,
)

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message

CONFIG: dict[str, Any] = {"api_key": "set-when-the-server-is-up"}


class TestStandard(
    get_tap_test_class(  # type: ignore[misc]
        TapClockify,
        config=CONFIG,
        suite_config=SuiteConfig(max_records_limit=100_000),
        catalog=catalog_with(KEYS),
        parse_env_config=False,
    )
):
    """The SDK's tests, against the stand-in."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def api(cls) -> Iterator[None]:
        # The SDK runs the tap at the real time, not at that of the world.
        with serving(agency(now=None, plan="ENTERPRISE_2021")) as server:
            CONFIG.update(config_for(server))
            yield

    def test_tap_valid_final_state(self, config: Any, resource: Any, runner: Any) -> None:
        super().test_tap_valid_final_state(config, resource, runner)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(agency(workspaces=2, days=80, plan="ENTERPRISE_2021")) as server:
        yield server


@pytest.fixture(scope="module")
def messages(server: Server) -> list[Message]:
    return run_tap(server, select=KEYS)


@pytest.mark.parametrize("stream", KEYS)
def test_keys_are_unique(messages: list[Message], stream: str) -> None:
    sent = Counter(
        tuple(message["record"][name] for name in KEYS[stream])
        for message in messages
        if message["type"] == "RECORD" and message["stream"] == stream
    )
    assert sent
    assert [key for key, count in sent.items() if count > 1] == []


@pytest.mark.parametrize("stream", KEYS)
def test_keys_are_never_null(messages: list[Message], stream: str) -> None:
    for message in messages:
        if message["type"] == "RECORD" and message["stream"] == stream:
            assert None not in [message["record"].get(name) for name in KEYS[stream]]


@pytest.mark.parametrize("stream", KEYS)
def test_schema_comes_once_and_before_its_records(messages: list[Message], stream: str) -> None:
    kinds = [message["type"] for message in messages if message.get("stream") == stream]
    assert kinds[0] == "SCHEMA"
    assert set(kinds[1:]) == {"RECORD"}


def test_every_record_has_every_column(messages: list[Message]) -> None:
    """A column that depended on the data would be lost in an existing table."""
    columns: dict[str, set[str]] = {}
    for message in messages:
        if message["type"] == "SCHEMA":
            columns[message["stream"]] = set(message["schema"]["properties"])
        elif message["type"] == "RECORD" and message["stream"] != "sync_runs":
            assert set(message["record"]) == columns[message["stream"]]


def test_one_import_timestamp_for_the_whole_run(messages: list[Message]) -> None:
    stamps = {m["record"]["import_timestamp"] for m in messages if m["type"] == "RECORD"}
    assert len(stamps) == 1
    assert stamps.pop().startswith("2026-03-31T15:00:00.")


def test_one_state_message_which_is_the_last(messages: list[Message]) -> None:
    """An earlier STATE would be ahead of a target that merges at the end."""
    assert [m["type"] for m in messages].count("STATE") == 1
    assert messages[-1]["type"] == "STATE"


def test_state_is_finished(server: Server, messages: list[Message]) -> None:
    state = messages[-1]["value"]
    assert "progress_markers" not in json.dumps(state)
    assert _bookmarks(state) == dict.fromkeys(server.world.workspaces, "2026-03-31")


def test_second_run_from_the_state_changes_no_table(
    server: Server, messages: list[Message]
) -> None:
    store = UpsertStore().apply(messages)
    before = {stream: _content(store, stream) for stream in KEYS if stream != "sync_runs"}
    store.apply(run_tap(server, store.state, KEYS))
    for stream, content in before.items():
        assert _content(store, stream) == content
        assert [row for row in store.rows(stream) if row["_sdc_deleted_at"]] == []


def test_failed_run_leaves_the_bookmark_where_it_was(serve: Serve) -> None:
    server = serve()
    store = UpsertStore().apply(run_tap(server))
    server.world.clock.advance(dt.timedelta(days=3))
    server.faults.add("status", match=r"POST .*/reports/", status=403, after=1, times=None)
    messages: list[Message] = []
    with pytest.raises(ClockifyError, match="403"):
        run_tap(server, store.state, into=messages)
    assert messages[-1]["type"] == "STATE"
    assert _bookmarks(messages[-1]["value"]) == {only_workspace(server.world): "2026-03-31"}
    server.faults.clear()
    after = run_tap(server, messages[-1]["value"])
    assert _bookmarks(after[-1]["value"]) == {only_workspace(server.world): "2026-04-03"}


def _bookmarks(state: dict[str, Any]) -> dict[str, str]:
    return {
        partition["context"]["workspace_id"]: partition["replication_key_value"]
        for partition in state["bookmarks"]["summary"]["partitions"]
    }


def _content(store: UpsertStore, stream: str) -> list[dict[str, Any]]:
    rows = store.rows(stream)
    return [{k: v for k, v in row.items() if k != "import_timestamp"} for row in rows]
