"""A local BigQuery for each module, with a source and a copy, and a tap that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bqtap_support import Bench
from clockify_sandbox.bigquery import LocalBigQuery, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def bigquery() -> Iterator[LocalBigQuery]:
    """Run an empty BigQuery in memory."""
    with running() as local:
        local.query("CREATE SCHEMA `clockify-demo`.source")
        yield local


@pytest.fixture
def bench(bigquery: LocalBigQuery, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Provide the tap and the loader."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
    return Bench(bigquery)
