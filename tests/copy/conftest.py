"""A local BigQuery with a source and a destination, once for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.bigquery import running
from copying import COPY, SOURCE, Copier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt_runs import DbtProcess


@pytest.fixture(scope="module")
def copier(tmp_path_factory: pytest.TempPathFactory, dbt_process: DbtProcess) -> Iterator[Copier]:
    """Provide an empty source and an empty destination."""
    with running() as bigquery:
        for place in (SOURCE, COPY):
            bigquery.query(f"CREATE SCHEMA {place}")
        yield Copier(dbt_process, bigquery, tmp_path_factory.mktemp("dbt"))
