"""`--plan` lists the requests of the next run, and makes at most three to find out."""

from __future__ import annotations

import datetime as dt
import gc
import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from support import NOW, SELECTED, agency, catalog_with, config_for, run_tap

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from clockify_sandbox.standin.journal import Seen
    from clockify_sandbox.world import World
    from conftest import Serve

    Plans = Callable[..., str]

HOUR = dt.timedelta(hours=1)
FREE_CEILING = 30
LINE = re.compile(r"(?P<stream>\S.*?) {2,}(?P<requests>\d+) {2}(?P<why>\S.*)")
PLACES = {
    "a Free workspace": ("FREE", 1),
    "two Free workspaces": ("FREE", 2),
    "a paid workspace": ("STANDARD_2021", 1),
    "two paid workspaces": ("STANDARD_2021", 2),
}
SELECTIONS = {
    "all streams": ("clients", "projects", "summary", "sync_runs", "time_entries", "users"),
    "both streams of time": ("summary", "time_entries"),
    "summary alone": ("summary",),
    "entries alone": ("time_entries",),
    "lists alone": ("clients", "projects", "users"),
    "a list and a stream of time": ("users", "summary"),
}
CONFIGS: dict[str, dict[str, Any]] = {
    "no feed": {"change_feed": "off"},
    "no totals": {"verify_totals": "off"},
    "neither feed nor totals": {"change_feed": "off", "verify_totals": "off"},
    "the time zone of the account": {"timezone": None},
    "a short window": {"lookback_days": 7},
    "a long history": {"start_date": "2025-06-01"},
    "a history of a month": {"start_date": "2025-12-10"},
    "no check of the history": {"start_date": "2025-06-01", "history_check": "off"},
}
REQUESTS = (
    ("time zone of the calendar", "GET /api/v1/user$"),
    ("workspaces and their plans", "GET /api/v1/workspaces$"),
    ("detailed report", "/workspaces/{workspace}/reports/detailed$"),
    ("summary report: Clockify's own totals", "/workspaces/{workspace}/reports/summary$"),
    ("summary report: changes before", "/workspaces/{workspace}/reports/summary$"),
    ("running timers", "/workspaces/{workspace}/time-entries/status/in-progress"),
    ("change feed", "/workspaces/{workspace}/entities/"),
    ("/", "/workspaces/{workspace}{path}([?]|$)"),
)
"""The beginning of a line's reason, and the requests that it means."""

TOTALS = ["DATE", "USER"]
"""The groups of a summary report that has the totals of a window."""


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    stream: str
    requests: int
    why: str


def parsed(table: str) -> tuple[list[Line], Line]:
    """Read a table: its lines, and the total."""
    heading, *rows = table.strip().splitlines()
    assert heading.split() == ["stream", "requests", "why"]
    found = [LINE.fullmatch(row) for row in rows]
    assert None not in found, table
    lines = [Line(m["stream"], int(m["requests"]), m["why"]) for m in found if m]
    assert [line.stream for line in lines].index("total") == len(lines) - 1
    return lines[:-1], lines[-1]


def wrong_lines(table: str, server: Server) -> list[str]:
    """Describe where a table differs from the requests that the stand-in has seen."""
    lines, total = parsed(table)
    said = []
    met: dict[str, int] = {}
    for line in lines:
        begin, match = next(item for item in REQUESTS if line.why.startswith(item[0]))
        # Workspaces come in the order of their ids, so a reason met twice is the second's.
        key = f"{line.stream} {begin}"
        workspace = sorted(server.world.workspaces)[met.get(key, 0)]
        met[key] = met.get(key, 0) + 1
        path = line.why.partition(" ")[0]
        seen = server.requests.matching(match.format(workspace=workspace, path=path))
        made = len(seen)
        if begin.startswith("summary report"):
            are_totals = begin.endswith("totals")
            made = sum((groups_of(item) == TOTALS) == are_totals for item in seen)
        if made != line.requests:
            said.append(f"{line} of {workspace}: {made} were made")
        if begin == "/" and not line.why.endswith(f" of {workspace}"):
            said.append(f"{line} does not name {workspace}")
    if not total.requests == sum(line.requests for line in lines) == server.requests.total:
        said.append(f"{total}: {server.requests.total} were made")
    return said


def groups_of(seen: Seen) -> list[str]:
    """Return the groups that a summary report was requested with."""
    groups: list[str] = json.loads(seen.body)["summaryFilter"]["groups"]
    return groups


@pytest.fixture
def plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Plans]:
    """Print plans from the command line, in this process, at the time of the world."""
    # The command changes the interpreter, since its process usually ends with it.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def plan(
        server: Server, state: dict[str, Any] | None, select: tuple[str, ...], **config: Any
    ) -> str:
        arguments = ["--plan"]
        files = {
            "config": config_for(server, **config),
            "catalog": catalog_with(select),
            **({"state": state} if state else {}),
        }
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
            arguments.append(f"--{name}={tmp_path / name}.json")
        capsys.readouterr()
        with time_machine.travel(server.world.now(), tick=True):
            TapClockify.get_singer_command().main(arguments, standalone_mode=False)
        assert json.loads((tmp_path / "catalog.json").read_text()) == files["catalog"]
        assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(files)
        return capsys.readouterr().out

    yield plan
    logging.captureWarnings(capture=False)
    gc.unfreeze()
    gc.enable()


def small(plan: str, workspaces: int) -> World:
    """Build an agency with every report and list on one page."""
    return agency(plan=plan, workspaces=workspaces, people=4, entries_per_day=0.5)


def state_after_a_run(server: Server, select: tuple[str, ...], **config: Any) -> dict[str, Any]:
    """Run the tap for the first time, and let the hour of its requests pass."""
    state: dict[str, Any] = run_tap(server, select=select, **config)[-1]["value"]
    server.world.clock.advance(2 * HOUR)
    return state


def compared(
    server: Server,
    plans: Plans,
    select: tuple[str, ...],
    *,
    is_later: bool,
    **config: Any,
) -> list[str]:
    """Plan a run, make it from the same state, and describe the differences."""
    state = state_after_a_run(server, select, **config) if is_later else None
    server.requests.clear()
    table = plans(server, state, select, **config)
    assert server.requests.total <= 3
    server.requests.clear()
    run_tap(server, state, select, **config)
    return wrong_lines(table, server)


@pytest.mark.parametrize("is_later", [False, True], ids=["first run", "later run"])
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("place", PLACES)
def test_run_makes_the_requests_planned(
    serve: Serve, plans: Plans, place: str, selection: str, *, is_later: bool
) -> None:
    server = serve(small(*PLACES[place]))
    assert compared(server, plans, SELECTIONS[selection], is_later=is_later, timezone="UTC") == []


@pytest.mark.parametrize("is_later", [False, True], ids=["first run", "later run"])
@pytest.mark.parametrize("variant", CONFIGS)
@pytest.mark.parametrize("place", ["a Free workspace", "two paid workspaces"])
def test_run_with_other_settings_makes_the_requests_planned(
    serve: Serve, plans: Plans, place: str, variant: str, *, is_later: bool
) -> None:
    server = serve(small(*PLACES[place]))
    config = {"timezone": "UTC", **CONFIGS[variant]}
    assert compared(server, plans, SELECTIONS["all streams"], is_later=is_later, **config) == []


@pytest.mark.parametrize("is_later", [False, True], ids=["first run", "later run"])
@pytest.mark.parametrize("place", ["a paid workspace", "two paid workspaces"])
def test_run_over_a_history_of_years_makes_the_requests_planned(
    serve: Serve, plans: Plans, place: str, *, is_later: bool
) -> None:
    server = serve(small(*PLACES[place]))
    config = {"timezone": "UTC", "start_date": "2022-06-01"}
    assert compared(server, plans, SELECTIONS["all streams"], is_later=is_later, **config) == []


def test_pages_of_the_detailed_report_are_planned_by_the_count(serve: Serve, plans: Plans) -> None:
    server = serve(agency(people=12, days=80, entries_per_day=4))
    select = SELECTIONS["both streams of time"]
    table = plans(server, None, select, timezone="UTC")
    server.requests.clear()
    run_tap(server, select=select, timezone="UTC")
    assert wrong_lines(table, server) == []
    assert server.requests.count("/reports/detailed") > 1


def test_plan_makes_three_requests_that_only_read(serve: Serve, plans: Plans) -> None:
    world = small("STANDARD_2021", 2)
    server = serve(world)
    select = SELECTIONS["all streams"]
    state = state_after_a_run(server, select)
    versions = [contents.version for contents in world.workspaces.values()]
    kept = json.dumps(state)
    server.requests.clear()
    table = plans(server, state, select)
    asked = [seen.line for seen in server.requests]
    assert len(asked) == 3
    assert {line for line in asked if not line.startswith("GET ")} == {
        f"POST /report/v1/workspaces/{min(world.workspaces)}/reports/detailed"
    }
    assert [contents.version for contents in world.workspaces.values()] == versions
    assert json.dumps(state) == kept
    assert plans(server, state, select) == table


@pytest.mark.parametrize(
    ("start", "requests", "per_second", "least"),
    [
        ("2026-01-01", 9, 9, "1 s"),
        ("2026-01-01", 9, 5, "2 s"),
        ("2026-01-01", 9, 2, "5 s"),
        ("1966-01-01", 250, 2, "3 min"),
    ],
)
def test_plan_shows_the_least_time_at_the_pace(
    serve: Serve, plans: Plans, start: str, requests: int, per_second: int, least: str
) -> None:
    server = serve(small("STANDARD_2021", 1))
    config = {"timezone": "UTC", "start_date": start, "requests_per_second": per_second}
    _, total = parsed(plans(server, None, SELECTIONS["all streams"], **config))
    assert (total.requests, total.why) == (requests, f"at least {least}")


def test_plan_shows_what_is_left_of_the_hour(serve: Serve, plans: Plans) -> None:
    server = serve(small("FREE", 1))
    select = SELECTIONS["all streams"]
    state = run_tap(server, select=select, timezone="UTC")[-1]["value"]
    left = FREE_CEILING - server.requests.total
    server.world.clock.advance(HOUR / 2)
    _, total = parsed(plans(server, state, select, timezone="UTC"))
    found = re.fullmatch(r"at least 1 s; (\d+) left this hour", total.why)
    assert found
    assert left - 3 <= int(found[1]) <= left, "the plan's own requests may count"


def test_plan_shows_the_hours_that_a_run_over_the_ceiling_takes(serve: Serve, plans: Plans) -> None:
    server = serve(small("FREE", 1))
    config = {"timezone": "UTC", "start_date": "2022-06-01"}
    _, total = parsed(plans(server, None, SELECTIONS["all streams"], **config))
    assert 3 * FREE_CEILING <= total.requests <= 4 * FREE_CEILING - 3
    assert total.why.startswith("at least 3 h; ")


def test_command_prints_the_table_and_nothing_else(serve: Serve, tmp_path: Path) -> None:
    server = serve(small("STANDARD_2021", 1))
    (tmp_path / "config.json").write_text(json.dumps(config_for(server, timezone="UTC")))
    start = (
        "import support, time_machine; support.isolate_process();"
        " time_machine.travel(support.NOW).start();"
        " from tap_clockify.tap import TapClockify; TapClockify.cli()"
    )
    run = subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-c", start, "--config=config.json", "--plan"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    server.requests.clear()
    server.world.clock.set(NOW)
    run_tap(server, select=SELECTED, timezone="UTC")
    assert wrong_lines(run.stdout, server) == []
