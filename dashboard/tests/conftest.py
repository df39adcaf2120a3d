"""A local BigQuery with marts, and the variables that point the dashboard there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_dashboard.app import answer_of
from clockify_sandbox.bigquery import running
from dashboard_support import MARTS, build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.bigquery import LocalBigQuery


@pytest.fixture(scope="session")
def local_bigquery() -> Iterator[LocalBigQuery]:
    with running() as bigquery:
        yield bigquery


@pytest.fixture(scope="module")
def built(local_bigquery: LocalBigQuery) -> LocalBigQuery:
    build(local_bigquery, MARTS)
    return local_bigquery


@pytest.fixture
def marts(built: LocalBigQuery, monkeypatch: pytest.MonkeyPatch) -> LocalBigQuery:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", built.url)
    monkeypatch.setenv("CLOCKIFY_DASHBOARD_PROJECT", built.project)
    answer_of.clear()
    return built
