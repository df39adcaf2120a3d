"""Rows equal Google's data after edits, faults and kills, whatever the contract leaves open."""

from __future__ import annotations

from typing import Any

import pytest
from clockify_sandbox.google_health import Options
from fitbit_histories import History


@pytest.mark.parametrize("seed", range(12))
def test_rows_equal_the_truth_after_any_history(seed: int) -> None:
    assert History(seed).play() == []


@pytest.mark.parametrize(
    "switch",
    [
        {"data_point_ids": "uuid"},
        {"activity_level_rollup": False},
        {"activity_level_rollup": False, "activity_level_filter": "daily"},
        {"midnight": "omitted"},
        {"empty_pages": False},
        {"paging": "offset", "empty_pages": True},
        {"rollup_order": "ascending"},
        {"zero_sums": "zero"},
        {"tcx_times": "utc"},
        {"new_refresh_token": "always"},
    ],
    ids=str,
)
def test_rows_equal_the_truth_with_every_reading_of_the_contract(switch: dict[str, Any]) -> None:
    assert History(99, Options(**switch)).play() == []
