"""The setting `change_feed` says what a run does with a feed and without one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from pipeline import DAY, FEED, OLD, RECENT, Pipeline, delete, redate

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve


def test_off_reads_no_feed_and_finds_no_old_edits(pipeline: Pipeline) -> None:
    """As documented: exact only within the window."""
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    delete(pipeline, pipeline.entries[RECENT])
    pipeline.run()
    assert pipeline.server.requests.count(FEED) == 0
    live = {row["id"] for row in pipeline.store.rows("time_entries", live=True)}
    assert pipeline.entries[OLD].id in live
    assert pipeline.entries[RECENT].id not in live


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_feed_that_was_off_is_caught_up_with(pipeline: Pipeline, mode: str) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.run(change_feed="off")
    pipeline.run(after=40 * DAY, change_feed="off")
    assert pipeline.wrong() != []
    pipeline.run(change_feed=mode)
    assert pipeline.wrong() == []


UNAVAILABLE: dict[str, dict[str, Any]] = {
    "forbidden": {"status": 403, "body": '{"message": "Access Denied", "code": 501}'},
    "forbidden without a message": {"status": 403, "body": ""},
    "missing": {"status": 404, "body": '{"message": "No static resource", "code": 404}'},
    "not in the plan": {"status": 402, "body": '{"message": "Upgrade", "code": 402}'},
    "not a list": {"status": 200, "body": '{"content": []}'},
}


@pytest.mark.parametrize("kind", UNAVAILABLE)
def test_auto_continues_without_a_feed_and_says_so_once(
    pipeline: Pipeline, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    pipeline.server.faults.add("status", match=FEED, times=None, **UNAVAILABLE[kind])
    for number in (OLD, RECENT):
        delete(pipeline, pipeline.entries[number])
    with caplog.at_level(logging.WARNING):
        pipeline.run()
    said = [record.getMessage() for record in caplog.records]
    assert len([text for text in said if "change feed" in text]) == 1
    assert pipeline.wrong() != []
    live = {row["id"] for row in pipeline.store.rows("time_entries", live=True)}
    assert pipeline.entries[RECENT].id not in live
    assert pipeline.entries[OLD].id in live


def test_auto_says_so_once_for_several_workspaces(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = Pipeline(serve, _two_workspaces(), feed="forbidden")
    pipeline.run()
    with caplog.at_level(logging.WARNING):
        pipeline.run()
    said = [record.getMessage() for record in caplog.records]
    assert len([text for text in said if "change feed" in text]) == 1


def _two_workspaces() -> World:
    from support import agency  # noqa: PLC0415

    return agency(people=2, days=20, workspaces=2)


@pytest.mark.parametrize("kind", UNAVAILABLE)
def test_on_fails_without_a_feed(pipeline: Pipeline, kind: str) -> None:
    pipeline.run()
    before = pipeline.store.state["bookmarks"]["summary"]["partitions"][0]
    fault = pipeline.server.faults.add("status", match=FEED, times=None, **UNAVAILABLE[kind])
    delete(pipeline, pipeline.entries[OLD])
    with pytest.raises(ClockifyError, match=r"/entities/created failed|change feed") as raised:
        pipeline.run(after=DAY, change_feed="on")
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
    after = pipeline.store.state["bookmarks"]["summary"]["partitions"][0]
    assert after["replication_key_value"] == before["replication_key_value"]
    fault.times = 0
    pipeline.run(change_feed="on")
    assert pipeline.wrong() == []


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_feed_in_trouble_fails_the_run_and_is_caught_up_with(pipeline: Pipeline, mode: str) -> None:
    """A server error does not mean that there is no feed: continuing would lose edits."""
    pipeline.config["change_feed"] = mode
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.server.faults.add("5xx", match=FEED, times=None)
    with pytest.raises(ClockifyError, match="503"):
        pipeline.run()
    pipeline.server.faults.clear()
    pipeline.run()
    assert pipeline.wrong() == []


def test_feed_that_was_unavailable_for_a_run_is_caught_up_with(pipeline: Pipeline) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.server.faults.add("status", match=FEED, status=403, body="", times=None)
    pipeline.run(after=20 * DAY)
    assert pipeline.wrong() != []
    pipeline.server.faults.clear()
    pipeline.run()
    assert pipeline.wrong() == []


def test_empty_feed_means_that_nothing_happened(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.server.faults.add("status", match=FEED, status=200, body="[]", times=None)
    pipeline.run()
    assert pipeline.wrong() == []
    assert pipeline.days_read() == [("2026-03-01", "2027-02-28")]


# Without a feed


def test_entry_that_left_the_window_is_looked_up(pipeline: Pipeline) -> None:
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    gone, moved = pipeline.entries[RECENT], pipeline.entries[RECENT + 1]
    delete(pipeline, gone)
    redate(60)(pipeline, moved)
    pipeline.run()
    lookups = [seen.path for seen in pipeline.server.requests.matching(r"/time-entries/[0-9a-f]+$")]
    assert {path.rsplit("/")[-1] for path in lookups} == {gone.id, moved.id}
    assert len(lookups) == 2
    assert pipeline.wrong() == []
    pipeline.run()
    assert pipeline.wrong() == []


def test_only_so_many_entries_are_looked_up(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.config["change_feed"] = "off"
    more = [pipeline.add(1 + number / 50, at_once=True) for number in range(120)]
    pipeline.run()
    for entry in more:
        delete(pipeline, entry)
    with caplog.at_level(logging.WARNING):
        pipeline.run(allow_removals=True)
    assert pipeline.server.requests.count(r"/time-entries/[0-9a-f]+$") == 100
    assert "120 entries are not in the days read" in caplog.text
    assert pipeline.wrong() == []
