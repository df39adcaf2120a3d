"""A run of the fleet, with a Meltano that is a script: who gets what, and how each ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from clockify_fleet import runner
from clockify_fleet.children import Children
from clockify_fleet.heartbeat import beating
from clockify_fleet.jobs import Begin, Job
from clockify_fleet.processes import JOB_VARIABLE, Runner
from fleet_support import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from fleet_support import Bench

PATIENCE_SECONDS = 300


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_WAIT_SECONDS", 0)
    monkeypatch.setattr(runner, "WAIT_SECONDS", 0.05)


@pytest.mark.parametrize("_round", range(20))
def test_the_failure_of_one_stops_no_other(bench: Bench, _round: int) -> None:
    acme, globex = bench.plan("acme"), bench.plan("globex")
    broken = bench.plan("broken", fails=9, reason="The key was revoked.")

    errors = bench.run(acme, broken, globex, at_once=3, retries=1)

    assert errors == {"acme": None, "globex": None, "broken": "The key was revoked."}
    assert bench.statuses() == {"acme": "SUCCESS", "globex": "SUCCESS", "broken": "FAILED"}
    for name in ("acme", "globex", "broken"):
        for child in bench.seen(name):
            own = {text for text in child["environ"].values() if text.startswith("key-of-")}
            assert own == {key_of(name)}
            assert child["environ"]["TARGET_BIGQUERY_STRICT_DATASET"] == f"{name}_clockify"
            assert key_of(name) not in " ".join(child["arguments"])
    assert "key-of-" not in bench.output.getvalue()


def test_a_child_gets_an_environment_that_is_built_from_nothing(bench: Bench) -> None:
    bench.variables.update(
        CLOCKIFY_API_KEY="a default key",
        CLOCKIFY_WORKSPACE_ID="a default workspace",
        TAP_CLOCKIFY_API_KEY="another default key",
        TAP_CLOCKIFY_START_DATE="2026-01-01",
        FLEET_DATABASE_URI="mysql://user:password@host/database",
        FLEET_ALERT_URLS="mailto://user:password@host",
    )
    acme = bench.plan("acme").model_copy(
        update={
            "settings": {"region": "euc1", "lookback_days": 7, "_select": ["summary.*"]},
            "location": "EU",
        }
    )

    assert bench.run(acme) == {"acme": None}

    (child,) = bench.seen("acme")
    job_id = bench.fleet.jobs.latest()["acme"]["job_id"]
    given = {
        name: text
        for name, text in child["environ"].items()
        if name.startswith(("TAP_", "TARGET_", "CLOCKIFY_", "FLEET_", "UNRELATED"))
    }
    assert given == {
        "CLOCKIFY_FLEET_JOB_ID": job_id,
        "TAP_CLOCKIFY_API_KEY": key_of("acme"),
        "TAP_CLOCKIFY_LOOKBACK_DAYS": "7",
        "TAP_CLOCKIFY_REGION": "euc1",
        "TAP_CLOCKIFY_START_DATE": "2026-01-01",
        "TAP_CLOCKIFY_WORKSPACE_IDS": "",
        "TAP_CLOCKIFY__SELECT": '["summary.*"]',
        "TARGET_BIGQUERY_STRICT_DATASET": "acme_clockify",
        "TARGET_BIGQUERY_STRICT_LOCATION": "EU",
        "TARGET_BIGQUERY_STRICT_PROJECT": "warehouse",
    }
    arguments = child["arguments"]
    assert arguments[arguments.index("--env-file") + 1] == str(bench.folder / "no.env")
    assert arguments[arguments.index("--run-id") + 1] == job_id
    state_id = arguments[arguments.index("--state-id") + 1]
    assert state_id == "test:tap-clockify-to-target-bigquery-strict:acme"
    assert arguments[-2:] == ["tap-clockify", "target-bigquery-strict"]


def test_a_job_that_fails_is_repeated_as_often_as_asked_for(bench: Bench) -> None:
    flaky, broken = bench.plan("flaky", fails=2), bench.plan("broken", fails=9)

    assert bench.run(flaky, broken, retries=2) == {"flaky": None, "broken": "The tap has a reason."}

    assert len(bench.seen("flaky")) == 3
    assert len(bench.seen("broken")) == 3
    assert len(bench.fleet.jobs.history()) == 2


def test_an_exit_code_without_a_row_is_no_success(bench: Bench) -> None:
    silent = bench.plan("silent", loads_nothing=True)

    assert bench.run(silent, retries=0) == {"silent": "sync_runs has no row of it"}

    assert bench.statuses() == {"silent": "FAILED"}


def test_streams_are_selected_with_the_one_that_proves_the_run(bench: Bench) -> None:
    bench.run(bench.plan("acme"), select=("summary",), full_refresh=True)

    (child,) = bench.seen("acme")
    arguments = " ".join(child["arguments"])
    assert "--full-refresh --select summary --select sync_runs --run-id" in arguments


def test_an_organisation_without_a_key_fails_with_a_sentence(bench: Bench) -> None:
    acme, poor = bench.plan("acme"), bench.plan("poor")
    bench.variables["CLOCKIFY_API_KEY"] = "a default key"
    del bench.variables["CLOCKIFY_API_KEY__POOR"]

    errors = bench.run(acme, poor, retries=0)

    assert errors["acme"] is None
    assert "Set CLOCKIFY_API_KEY__POOR" in str(errors["poor"])
    assert bench.seen("poor") == []


def test_a_key_that_a_program_prints_does_not_reach_the_log(bench: Bench) -> None:
    line = f"401 for {key_of('chatty')}"
    chatty = bench.plan("chatty", fails=9, reason=line, lines=[line, '{"severity": "DEBUG"}', "{"])

    errors = bench.run(chatty, retries=0)

    assert errors == {"chatty": "401 for (secret)"}
    assert bench.fleet.jobs.latest()["chatty"]["error_message"] == "401 for (secret)"
    assert "key-of-" not in bench.output.getvalue()
    assert {each["organization_id"] for each in bench.log if "401" in each["message"]} >= {"chatty"}


def test_a_long_line_is_cut(bench: Bench) -> None:
    bench.run(bench.plan("long", lines=["x" * 300_000]))

    assert max(len(each["message"]) for each in bench.log) == 10_000


def test_a_runner_that_was_killed_leaves_nothing_in_progress(bench: Bench) -> None:
    acme = bench.plan("acme")
    dead = Runner(bench.fleet.jobs.runner.machine, 2**22 + 1, 0)
    crashed = type(bench.fleet.jobs)(bench.fleet.jobs.engine, dead)
    job = Job("11111111-1111-4111-8111-111111111111", "acme", "clockify", "acme_clockify")
    assert crashed.begin(job) is Begin.BEGUN
    left = bench.folder / ".meltano/run/elt/state" / job.job_id
    left.mkdir(parents=True)
    (left / "tap.config.json").write_text(key_of("acme"))
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env={**os.environ, JOB_VARIABLE: job.job_id},
    ) as orphan:
        while not _knows(orphan.pid, job.job_id):
            time.sleep(0.01)
        assert bench.run(acme) == {"acme": None}
        # It would sleep for longer.
        orphan.wait(PATIENCE_SECONDS)

    assert [row["status"] for row in bench.fleet.jobs.history()] == ["SUCCESS", "FAILED"]
    assert "was killed" in str([each["message"] for each in bench.log])
    assert not left.exists()


def _knows(pid: int, job_id: str) -> bool:
    try:
        return psutil.Process(pid).environ().get(JOB_VARIABLE) == job_id
    except psutil.Error:
        return False


def test_an_organisation_that_is_running_is_not_run_twice(bench: Bench) -> None:
    acme, globex = bench.plan("acme"), bench.plan("globex")
    other = Job("another", "acme", "clockify", "acme_clockify")
    assert bench.fleet.jobs.begin(other) is Begin.BEGUN

    assert bench.run(acme, globex) == {"acme": None, "globex": None}

    assert bench.seen("acme") == []
    assert bench.statuses() == {"acme": "IN_PROGRESS", "globex": "SUCCESS"}
    assert "another job of it is running" in str([each["message"] for each in bench.log])


def test_a_job_with_an_id_waits_for_its_turn(bench: Bench) -> None:
    acme = bench.plan("acme")
    other = Job("another", "acme", "clockify", "acme_clockify")
    assert bench.fleet.jobs.begin(other) is Begin.BEGUN
    asked = threading.Thread(target=bench.run, args=(acme,), kwargs={"job_id": "asked-for"})
    asked.start()
    while not any("waits for it" in each["message"] for each in bench.log):
        time.sleep(0.01)
    assert bench.seen("acme") == []

    bench.fleet.jobs.finish("another", runner.Status.FAILED)
    asked.join(PATIENCE_SECONDS)

    assert len(bench.seen("acme")) == 1
    assert bench.fleet.jobs.latest()["acme"]["job_id"] == "asked-for"
    assert bench.statuses() == {"acme": "SUCCESS"}


def test_the_same_job_is_not_run_again_after_it_succeeded(bench: Bench) -> None:
    acme = bench.plan("acme")

    bench.run(acme, job_id="once")
    bench.run(acme, job_id="once")

    assert len(bench.seen("acme")) == 1


def test_children_end_with_all_that_they_started(tmp_path: Path) -> None:
    children, lines = Children(), list[str]()
    inner = "import time; print(1, flush=True); time.sleep(600)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    command = [sys.executable, "-c", outer]
    codes: list[int] = []
    thread = threading.Thread(
        target=lambda: codes.append(children.run(command, dict(os.environ), tmp_path, lines.append))
    )
    thread.start()
    while not lines:
        time.sleep(0.01)

    children.stop()
    thread.join(PATIENCE_SECONDS)

    assert codes == [-signal.SIGTERM]
    assert children.run(command, dict(os.environ), tmp_path, lines.append) == -signal.SIGTERM


def test_a_fleet_that_is_stopped_marks_its_jobs_as_failed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = bench.plan("acme", hangs=True)
    made: list[Children] = []

    def children() -> Children:
        made.append(Children())
        return made[-1]

    monkeypatch.setattr("clockify_fleet.fleet.Children", children)
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(bench.run(acme, retries=2)))
    thread.start()
    while not (bench.folder / "acme.hangs").exists():
        time.sleep(0.01)

    made[0].stop()
    thread.join(PATIENCE_SECONDS)

    assert results == [{"acme": runner.STOPPED}]
    assert bench.statuses() == {"acme": "FAILED"}
    assert len(bench.seen("acme")) == 1


def test_jobs_that_run_say_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clockify_fleet.jobs.HEARTBEAT_SECONDS", 0.01)
    jobs = bench.fleet.jobs
    jobs.begin(Job("1", "acme", "clockify", "acme_clockify"))
    (before,) = jobs.history()

    with beating(jobs, {"1"}, bench.fleet.events):
        while jobs.history()[0]["updated_at"] == before["updated_at"]:
            time.sleep(0.01)

    (after,) = jobs.history()
    assert after["updated_at"] > before["updated_at"]
    assert (after["status"], after["created_at"]) == (before["status"], before["created_at"])
