"""Sentences, names and settings, without a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from clockify_dashboard.errors import DashboardError
from clockify_dashboard.filters import Days, Period, days_of
from clockify_dashboard.proof import proof
from clockify_dashboard.settings import Settings, from_environment
from clockify_dashboard.words import age, labels, listed, literal, share

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KNOWN = Days(date(2020, 1, 1), date(2026, 3, 10))


def health(**changed: Any) -> pd.DataFrame:
    row = {
        "workspace_id": "w1",
        "workspace_name": "Acme",
        "stream": "summary",
        "status": "succeeded",
        "reason": None,
        "last_run_at": NOW - timedelta(minutes=12),
        "hours_difference": 0.0,
        "rows_left_behind": 0,
        "is_complete": not changed,
    }
    other = row | {"workspace_id": "w2", "is_complete": True}
    return pd.DataFrame([row | changed, other]).astype({"is_complete": "object"})


@pytest.mark.parametrize(
    ("changed", "difference", "sentence"),
    [
        ({"hours_difference": 2.5}, "+2.50 h", "2.50 hours differ in workspace Acme"),
        ({"hours_difference": -2.5}, "-2.50 h", "the table holds fewer than Clockify"),
        ({"hours_difference": None}, "0.00 h", "did not ask Clockify for its totals"),
        ({"rows_left_behind": 1}, "0.00 h", "1 row of an older run may be out of date"),
        ({"amount": 1}, "0.00 h", "the amounts differ"),
        ({"status": "skipped"}, "0.00 h", "did not read the hours in workspace Acme"),
    ],
)
def test_a_difference_is_said(changed: dict[str, Any], difference: str, sentence: str) -> None:
    result = proof(health(**changed), NOW)
    assert not result.is_equal
    assert result.difference == difference
    assert sentence in result.sentence
    assert "12 minutes" in result.sentence


def test_only_a_recent_and_complete_run_is_equal() -> None:
    assert (
        proof(health(), NOW).sentence
        == "Equal to Clockify, 12 minutes before this page was loaded."
    )
    late = proof(health(), NOW + timedelta(days=3))
    assert not late.is_equal
    assert "it was 3 days before" in late.sentence
    assert proof(health().head(0), NOW).difference == "unknown"


def test_names_are_literal_in_markdown() -> None:
    assert literal("<b>*x*</b> $5$ :red[no]") == (r"\<b\>\*x\*\<\/b\> \$5\$ \:red\[no\]")
    assert literal("東京 🦊\nzwei") == "東京 🦊 zwei"


def test_a_shared_name_is_told_apart() -> None:
    frame = pd.DataFrame({"id": ["abcde", "vwxyz", "k"], "name": ["Bo", "Bo", None]})
    assert list(labels(frame, "id", "name")) == ["Bo (…bcde)", "Bo (…wxyz)", "(no name)"]


def test_words() -> None:
    assert age(timedelta(hours=49)) == "2 days"
    assert age(timedelta(seconds=-5)) == "less than a minute"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert share(1, 4) == "25%"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.WEEKS_4, date(2026, 2, 9), date(2026, 3, 8)),
        (Period.WEEKS_12, date(2025, 12, 15), date(2026, 3, 8)),
        (Period.THIS_MONTH, date(2026, 3, 1), date(2026, 3, 31)),
        (Period.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (Period.THIS_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (Period.ALL, KNOWN.first, KNOWN.last),
    ],
)
def test_periods(period: Period, first: date, last: date) -> None:
    assert days_of(period, date(2026, 3, 4), KNOWN) == Days(first, last)


def test_settings() -> None:
    assert from_environment({"GCP_PROJECT_ID": "acme-1"}) == Settings("acme-1")
    named = {"CLOCKIFY_DASHBOARD_PROJECT": "other-1", "GCP_PROJECT_ID": "acme-1"}
    assert from_environment(named).table("m") == "`other-1`.`clockify_marts`.`m`"
    with pytest.raises(DashboardError, match="not the name"):
        from_environment({"GCP_PROJECT_ID": "a`; drop"})
