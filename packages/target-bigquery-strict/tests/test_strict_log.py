"""The log: one line about the whole load, and the changes of tables that a user should know of."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from google.api_core.exceptions import ServiceUnavailable
from strict_support import HOURS, hours, load_of, record, schema, state
from target_bigquery_strict import retrying
from target_bigquery_strict.process import began
from target_bigquery_strict.summary import Loaded, summary
from target_bigquery_strict.wording import counted, sized

if TYPE_CHECKING:
    from strict_support import Strict

MARK = {"_sdc_deleted_at": {"type": ["string", "null"], "format": "date-time"}}
GONE = {"_sdc_deleted_at": "2026-01-02T00:00:00Z"}
VERSIONED = {"version": 1}


def told(strict: Strict, caplog: pytest.LogCaptureFixture, messages: Any, **more: Any) -> str:
    """Return what a load logs at INFO, and nothing of earlier ones."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "target-bigquery-strict"):
        strict.load(messages, **more)
    ours = [each for each in caplog.records if each.levelno >= logging.INFO]
    return "\n".join(each.getMessage() for each in ours if "Reader" not in each.getMessage())


def test_the_line() -> None:
    loads = [Loaded(name, rows, 90_000, 1) for name, rows in (("b", 1_000), ("a", 1), ("c", 0))]
    assert summary([*loads, loads[0]], "p.d", 1, 3.14159, hard_delete=False) == (
        "Loaded 2,001 rows (0.4 MB) into 3 tables (1 new) of p.d in 3.1 s; 4 rows marked as"
        " deleted. Most rows: b 2,000, a 1."
    )
    assert summary([Loaded("a", 1, 60, 0)], "p.d", 0, 0.04, hard_delete=True) == (
        "Loaded 1 row (0.1 kB) into 1 table of p.d in 0.0 s; 0 rows deleted. Most rows: a 1."
    )
    assert summary([], "p.d", 0, 1, hard_delete=False) == (
        "Nothing was loaded into p.d: the input has no stream."
    )


def test_numbers_in_sentences() -> None:
    assert [counted(1, "row"), counted(0, "row"), counted(1_234, "table")] == [
        "1 row",
        "0 rows",
        "1,234 tables",
    ]
    assert [sized(99_900), sized(100_000)] == ["99.9 kB", "0.1 MB"]


def test_a_load_is_one_line(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    messages = [*load_of(3), *load_of(2, "days"), *load_of(1, "weeks", keys=())]
    first = told(strict, caplog, messages).splitlines()
    assert first[0] == "Created dataset clockify-demo.strict in US."
    assert len(first) == 2
    assert "Loaded 6 rows" in first[1]
    assert "into 3 tables (3 new) of clockify-demo.strict" in first[1]
    assert first[1].endswith("0 rows marked as deleted. Most rows: hours 3, days 2, weeks 1.")
    assert "days: 2 rows, " in caplog.text
    (second,) = told(strict, caplog, messages).splitlines()
    assert "into 3 tables of clockify-demo.strict" in second


def test_marked_rows_are_counted(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    """Also those of BATCH files would be: BigQuery counts them."""
    rows = [hours(1, **GONE), hours(2), hours(1, **GONE), hours(3, **GONE)]
    messages = [schema(properties=HOURS | MARK), *map(record, rows), state()]
    assert "; 2 rows marked as deleted." in told(strict, caplog, messages)
    assert "; 2 rows deleted." in told(strict, caplog, messages, hard_delete=True)
    assert [row["id"] for row in strict.rows()] == [2]


def test_rows_of_earlier_versions_are_counted(
    strict: Strict, caplog: pytest.LogCaptureFixture
) -> None:
    old = [schema(), *(record(hours(number), version=1) for number in range(3))]
    strict.load([*old, {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 1}, state()])
    new = [schema(), record(hours(0), version=2)]
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    assert "; 2 rows marked as deleted." in told(strict, caplog, [*new, activate, state()])


def test_new_columns_are_told(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    strict.load(load_of(1))
    wider = HOURS | {"day": {"type": ["string", "null"]}, "tag": {"type": ["string", "null"]}}
    first, _ = told(strict, caplog, [schema(properties=wider), state()]).splitlines()
    assert first == "Added to table clockify-demo.strict.hours: day, tag."
    described = wider | {"day": {"type": ["string", "null"], "description": "A day."}}
    assert "Added" not in told(strict, caplog, [schema(properties=described), state()])


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="it is not Linux")  # noqa: PTH110
def test_the_start_of_the_process_is_known() -> None:
    """The interpreter has imported pytest before this test."""
    assert time.monotonic() - began() > time.process_time() / 2


def test_an_outage_is_told_now_and_then(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.0)
    answers = Mock(side_effect=[ServiceUnavailable("secret")] * 3 + ["done"])
    with caplog.at_level(logging.DEBUG):
        assert retrying.Patience(logging.getLogger("outage"))(answers) == "done"
    found = [each for each in caplog.records if "trying again: ServiceUn" in each.getMessage()]
    levels = [each.levelname for each in found]
    assert levels == ["WARNING", "DEBUG", "DEBUG"]
    assert "secret" not in str([each.getMessage() for each in found])
