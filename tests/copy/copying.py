"""Copies of tables, by dbt on a local BigQuery."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dbt_runs import Dbt, Done

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery
    from dbt_runs import DbtProcess

SOURCE, COPY = "`clockify-demo`.billing", "`org-b`.holding"


class Copier:
    """Copies tables from one project to another, as the fleet does."""

    def __init__(self, process: DbtProcess, bigquery: LocalBigQuery, folder: Path) -> None:
        """Use a folder for dbt's files."""
        self.query, self.dbt = bigquery.query, Dbt(process, bigquery, folder)

    def copy(self, table: str, keys: str = "id", **variables: Any) -> Done:
        """Copy a table."""
        told = {
            "copy_source_project": "clockify-demo",
            "copy_source_dataset": "billing",
            "copy_destination_project": "org-b",
            "copy_destination_dataset": "holding",
            "copy_table": table,
            "copy_key_columns": keys,
            **variables,
        }
        return self.dbt("run", "--select", "copy", "--vars", json.dumps(told))

    def rows(self, table: str) -> tuple[list[str], list[str]]:
        """Return the rows at both sides, as texts."""
        found = [self.query(f"SELECT * FROM {place}.{table}") for place in (SOURCE, COPY)]
        source, copied = (sorted(str(sorted(row.items())) for row in rows) for rows in found)
        return source, copied
