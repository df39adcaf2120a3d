"""ACTIVATE_VERSION retires the rows of earlier versions, and never those of a run that failed."""

from __future__ import annotations

import pytest
from strict_support import DATASET, Strict, hours, lines, load_of, record, schema, state
from target_bigquery_strict.errors import LoadError


@pytest.mark.parametrize("hard", [False, True])
def test_activate_version(strict: Strict, *, hard: bool) -> None:
    strict.load([schema(), *(record(hours(number), version=1) for number in range(3)), state()])
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    later = [record(hours(number), version=2) for number in (1, 5)]
    assert strict.load([schema(), *later, activate, state()], hard_delete=hard) == [{"at": "all"}]
    live = strict.bigquery.query(
        f"SELECT id FROM {DATASET}.hours WHERE _sdc_deleted_at IS NULL ORDER BY id"
    )
    assert [row["id"] for row in live] == [1, 5]
    assert len(strict.rows()) == (2 if hard else 4)
    strict.load([schema(), record(hours(0), version=2), activate, state()], hard_delete=hard)
    (revived,) = strict.bigquery.query(f"SELECT _sdc_deleted_at FROM {DATASET}.hours WHERE id = 0")
    assert revived["_sdc_deleted_at"] is None


def test_activate_version_keeps_rows_of_the_run_without_versions(strict: Strict) -> None:
    strict.load(load_of(3))
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    strict.load([schema(), record(hours(1)), activate, state()], hard_delete=True)
    assert strict.rows() == [hours(1)]


@pytest.mark.parametrize("last", [b'{"type": "RECORD"', b""], ids=["cut off", "refused"])
def test_version_is_not_activated_by_half_an_input(strict: Strict, last: bytes) -> None:
    strict.load([schema(), *(record(hours(n), version=1) for n in range(9)), state()])
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    again = [record(hours(n), version=2) for n in range(3)]
    bad = [] if last else [record({"id": None})]
    with pytest.raises(LoadError):
        strict.load(
            lines([schema(), activate, *again, *bad]) + last, hard_delete=True, batch_size_rows=3
        )
    assert len(strict.rows()) == 9


def test_version_is_not_activated_if_the_tap_ends_early(strict: Strict) -> None:
    """A tap that fails also ends its input, between two lines."""
    strict.load([schema(), *(record(hours(n), version=1) for n in range(9)), state()])
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    strict.load([schema(), activate, state(), record(hours(1), version=2)], hard_delete=True)
    assert len(strict.rows()) == 9
    strict.load([schema(), record(hours(1), version=2), activate], hard_delete=True)
    assert strict.rows() == [hours(1)]


def test_version_without_a_row_is_activated_by_a_state_alone(strict: Strict) -> None:
    """A tap that says so first may fail before its first row; the table is not empty then."""
    strict.load([schema(), *(record(hours(n), version=1) for n in range(3)), state()])
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    strict.load([schema(), activate], hard_delete=True)
    assert len(strict.rows()) == 3
    strict.load([schema(), activate, state()], hard_delete=True)
    assert strict.rows() == []


def test_activate_version_without_metadata(
    strict: Strict, caplog: pytest.LogCaptureFixture
) -> None:
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    strict.load([*load_of(3), activate], add_record_metadata=False)
    assert "they stay. Set add_record_metadata to true" in caplog.text
    assert len(strict.rows()) == 3
