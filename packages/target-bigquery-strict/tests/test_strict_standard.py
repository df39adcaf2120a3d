"""The SDK's own tests of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_target_test_class
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    from clockify_sandbox.bigquery import LocalBigQuery

CONFIG: dict[str, Any] = {"project": "clockify-demo", "dataset": "standard"}


class TestStandard(get_target_test_class(TargetBigQueryStrict, config=CONFIG)):  # type: ignore[misc]
    """All of them, on a local BigQuery."""

    @pytest.fixture(autouse=True)
    def _local(self, bigquery: LocalBigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
