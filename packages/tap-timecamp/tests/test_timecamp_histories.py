"""Whatever people edit and whatever fails, the rows equal TimeCamp's after the next run."""

from __future__ import annotations

import pytest
from clockify_sandbox.timecamp import Options
from timecamp_histories import History


@pytest.mark.parametrize("seed", range(12))
def test_random_histories(seed: int) -> None:
    assert History(seed).play() == []


@pytest.mark.parametrize(
    "options",
    [
        Options(numbers="integers"),
        Options(no_task="null"),
        Options(feed_newest_first=True, deletion_event="add"),
        Options(empty_object_is_list=False, settings_format="keyed"),
        Options(rename_moves_last_modify=True),
    ],
    ids=["integers", "no task", "newest first", "empty objects", "renames modify"],
)
def test_histories_where_the_contract_is_unclear(options: Options) -> None:
    for seed in (50, 51):
        assert History(seed, options).play() == []
