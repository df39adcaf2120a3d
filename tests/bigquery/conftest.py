"""A local BigQuery in this process, and the real target to load into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.bigquery import LocalBigQuery, running
from real_target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def local_bigquery() -> Iterator[LocalBigQuery]:
    """Run an empty BigQuery, in memory, for the tests of a module."""
    with running() as bigquery:
        yield bigquery


@pytest.fixture(scope="module")
def target(local_bigquery: LocalBigQuery, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """Provide the real target, installed if necessary."""
    return Target(local_bigquery, tmp_path_factory.mktemp("target"))
