"""A local BigQuery for each module, and a fresh dataset for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from clockify_sandbox.bigquery import LocalBigQuery, running
from strict_proxy import Proxy, proxy_to
from strict_support import DATASET, Strict
from target_bigquery_strict import retrying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def bigquery() -> Iterator[LocalBigQuery]:
    """Run an empty BigQuery in memory."""
    with running() as local:
        yield local


@pytest.fixture
def strict(
    bigquery: LocalBigQuery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Strict]:
    """Provide the target on an empty dataset; it does not wait long before it tries again."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(retrying, "LONGEST_WAIT", 0.01)
    yield Strict(bigquery, bigquery.url, tmp_path)
    requests.delete(
        f"{bigquery.url}/bigquery/v2/projects/{bigquery.project}/datasets/{DATASET}",
        params={"deleteContents": "true"},
        timeout=30,
    )


@pytest.fixture
def proxy(strict: Strict, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Put a proxy between the target and BigQuery, which can break what passes."""
    with proxy_to(strict.bigquery.url) as between:
        strict.url = between.url
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", between.url)
        yield between
