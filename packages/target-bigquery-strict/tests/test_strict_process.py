"""The command: signals, kills, cut input, full disks; state only after its rows."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.bigquery import QueryError
from strict_proxy import Fault
from strict_support import hours, lines, load_of, record, schema, state
from target_bigquery_strict import streams as streams_module
from target_bigquery_strict import target as target_module

if TYPE_CHECKING:
    from strict_proxy import Proxy
    from strict_support import Strict

ROWS = 50
GUARD = 300.0
"""Seconds after which a test fails instead of hanging."""


def expected(count: int = ROWS) -> list[dict[str, object]]:
    return [hours(number) for number in range(count)]


def test_a_run(strict: Strict) -> None:
    loaded = strict.run(load_of(ROWS))
    assert (loaded.code, loaded.states) == (0, [{"at": "hours"}])
    assert strict.rows() == expected()
    dataset, last = [line.split(" | ")[-1] for line in loaded.log.splitlines()]
    assert dataset == "Created dataset clockify-demo.strict in US."
    assert last.startswith("Loaded 50 rows (5.8 kB) into 1 table (1 new) of clockify-demo.strict")


def test_jobs_carry_labels(strict: Strict, proxy: Proxy) -> None:
    labels: list[str] = []

    def look(_number: int, method: str, text: str) -> bool:
        found = re.search(r'"labels": ({[^}]+})', text) if method == "POST" else None
        labels.extend([found[1]] if found else [])
        return False

    proxy.faults.append(Fault(look))
    strict.load(load_of(1, "My.Hours"))
    # The load, the count of keys, and the merge.
    first, *others = map(json.loads, labels)
    assert first["stream"] == "my_hours"
    assert others == [first, first]
    assert re.fullmatch(r"[0-9a-f]{12}", first["run"])


def test_progress_of_long_loads(
    strict: Strict, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(streams_module, "PROGRESS_SECONDS", 0.05)
    told = threading.Event()

    def hold() -> None:
        while "Still loading hours." not in caplog.text and not told.wait(0.05):
            pass

    proxy.faults.append(Fault(lambda _, __, text: "MERGE" in text, then=hold))
    with caplog.at_level(logging.INFO):
        strict.load(load_of(3))
    assert "Still loading hours." in caplog.text


def test_every_printed_state_comes_after_its_rows(
    strict: Strict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_module, "STATE_SECONDS", -1)
    messages: list[Any] = [schema()]
    for number in range(6):
        messages += [record(hours(number)), state(number)]
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(
        target_module,
        "print_state",
        lambda text: seen.append((text.decode(), len(strict.rows()))),
    )
    strict.load(messages)
    assert seen == [(f'{{"at": {number}}}', number + 1) for number in range(6)]


def test_a_state_that_no_row_waits_for_is_printed_at_once(
    strict: Strict, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    load = streams_module.Streams.load

    def noted(streams: streams_module.Streams, **options: Any) -> None:
        happened.append("load")
        load(streams, **options)

    monkeypatch.setattr(streams_module.Streams, "load", noted)
    monkeypatch.setattr(target_module, "print_state", lambda text: happened.append(text.decode()))
    strict.load([schema(), state(1), record(hours(0)), state(2)])
    assert happened == ['{"at": 1}', "load", '{"at": 2}']


def test_input_that_is_cut_off(strict: Strict) -> None:
    sent = lines([schema(), *(record(hours(n)) for n in range(9)), state(1), record(hours(9))])
    loaded = strict.run(sent + lines([record(hours(10))])[:-20])
    assert (loaded.code, loaded.states) == (1, [{"at": 1}])
    assert "The input ends in the middle of line 13: the tap was interrupted" in loaded.log
    assert strict.rows() == expected(10)


def test_last_line_may_lack_its_end(strict: Strict) -> None:
    loaded = strict.run(lines(load_of(3))[:-1])
    assert (loaded.code, loaded.states) == (0, [{"at": "hours"}])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_while_rows_arrive(strict: Strict, number: int) -> None:
    process = strict.start()
    assert process.stdin
    process.stdin.write(lines([schema(), record(hours(0)), state(0), record(hours(1))]))
    process.stdin.flush()
    wait_until(lambda: "hours" in tables(strict))
    process.send_signal(number)
    out, log = process.communicate(timeout=GUARD)
    assert process.returncode == 128 + number, log.decode()
    assert out == b'{"at": 0}\n'
    assert strict.rows() == expected(2)
    assert strict.tables() == ["hours"]
    assert b"Traceback" not in log


def test_signal_in_a_merge(strict: Strict, proxy: Proxy) -> None:
    merging, signalled = threading.Event(), threading.Event()

    def hold() -> None:
        merging.set()
        assert signalled.wait(GUARD)

    proxy.faults.append(
        Fault(lambda _, method, text: method == "POST" and "MERGE" in text, then=hold)
    )
    process = strict.start()
    assert process.stdin
    process.stdin.write(lines(load_of(ROWS)))
    process.stdin.close()
    process.stdin = None
    assert merging.wait(GUARD)
    process.send_signal(signal.SIGTERM)
    signalled.set()
    out, _ = process.communicate(timeout=GUARD)
    assert process.returncode == 128 + signal.SIGTERM
    assert out == b'{"at": "hours"}\n'
    assert strict.rows() == expected()
    assert strict.tables() == ["hours"]


@pytest.mark.parametrize("number", range(20))
def test_kill_at_any_point(strict: Strict, proxy: Proxy, number: int) -> None:
    """Killed at each request of a run onto a table with rows; a normal run follows."""
    strict.load([schema(), *(record(hours(n, person="old")) for n in range(5)), state(0)])
    proxy.seen.clear()
    process = strict.start()
    # Odd numbers are killed before BigQuery gets the request, even ones before it has answered.
    proxy.faults.append(
        Fault(
            lambda found, *_: found == number // 2,
            then=process.kill if number % 2 else None,
            after=None if number % 2 else process.kill,
        )
    )
    out, _ = process.communicate(lines(load_of(ROWS)), timeout=GUARD)
    if process.returncode:
        assert process.returncode == -signal.SIGKILL
        assert out == b""
    proxy.faults.clear()
    assert strict.load(load_of(ROWS)) == [{"at": "hours"}]
    assert strict.rows() == expected()
    left = [name for name in strict.tables() if name != "hours"]
    assert all("__staging_" in name for name in left)


@pytest.mark.parametrize(("limit", "count"), [(4_096, 20_000), (1_000, 400)])
def test_full_disk_for_rows(strict: Strict, limit: int, count: int) -> None:
    """Also if it is full when the last bytes are written."""
    rows = [record(hours(number, person=f"{number * 7919:x}" * 9)) for number in range(count)]
    loaded = strict.run([schema(), *rows, state()], file_limit=limit)
    assert (loaded.code, loaded.states) == (1, []), loaded.log
    assert "The rows cannot be kept in" in loaded.log
    assert "Traceback" not in loaded.log


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_for_the_state(strict: Strict) -> None:
    with Path("/dev/full").open("wb") as full:
        loaded = strict.run(load_of(3), stdout=full)
    assert loaded.code == 1
    assert "the state could not be printed (No space left on device)" in loaded.log
    assert "Traceback" not in loaded.log


def test_reader_of_the_state_is_gone(strict: Strict) -> None:
    process = strict.start()
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, log = process.communicate(lines(load_of(3)), timeout=GUARD)
    assert process.returncode == 1
    assert b"the state could not be printed (Broken pipe)" in log
    assert b"Traceback" not in log
    assert strict.rows() == expected(3)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"project": None}, "project"), ({"dataset": ""}, "dataset"), ({"dataset": 5}, "dataset")],
)
def test_missing_settings(strict: Strict, settings: dict[str, Any], said: str) -> None:
    loaded = strict.run(b"", settings=settings)
    assert loaded.code == 1
    assert said in loaded.log
    assert "Traceback" not in loaded.log


def test_long_line(strict: Strict) -> None:
    """A line of many pieces is put together once."""
    row = record(hours(1, person="x" * 3_000_000))
    loaded = strict.run([schema(), row, state()])
    assert loaded.code == 0, loaded.log
    (found,) = strict.rows()
    assert len(found["person"]) == 3_000_000


def test_about() -> None:
    command = [sys.executable, "-m", "target_bigquery_strict.target", "--about"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "Name: target-bigquery-strict" in done.stdout
    assert "load_method" not in done.stdout


def tables(strict: Strict) -> list[str]:
    try:
        return strict.tables()
    except QueryError:
        return []  # the dataset does not exist yet


def wait_until(happens: Any) -> None:
    deadline = time.monotonic() + GUARD
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.1)
