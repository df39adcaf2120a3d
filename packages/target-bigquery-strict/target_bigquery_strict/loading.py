"""One batch of a stream into its table: staging table, load job, checks, one MERGE, or nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from target_bigquery_strict import statements
from target_bigquery_strict.columns import METADATA, ROW
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.retrying import FAILURES, ONCE, REQUEST_TIMEOUT
from target_bigquery_strict.wording import counted

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from target_bigquery_strict.jobs import Jobs
    from target_bigquery_strict.rows import Batch
    from target_bigquery_strict.tables import Table

STAGING_LIVES = dt.timedelta(days=1)
"""A staging table that a killed process leaves behind is deleted by BigQuery after this time."""
_LOST_STAGING = 5
"""How often a new staging table may not be found yet, or any more."""


@dataclass(frozen=True)
class Loader:
    """Loads batches of one stream."""

    stream: str
    keys: Sequence[str]
    added: frozenset[str]
    """Metadata columns that the stream does not have itself."""
    columns: frozenset[str]
    """All columns, metadata included."""
    jobs: Jobs
    logger: logging.Logger
    began: dt.datetime
    """When the run began."""
    hard_delete: bool = False

    @property
    def knows_versions(self) -> bool:
        """Return whether rows of earlier versions of the table can be told apart."""
        return {"_sdc_table_version", "_sdc_batched_at", "_sdc_deleted_at"} <= self.columns

    def load(self, batch: Batch, table: Table) -> int:
        """Merge or append all rows of a batch, or none.

        Returns:
            How many keys came with `_sdc_deleted_at`; 0 of a stream without keys.

        Raises:
            LoadError: A count is not what it must be.
            GoogleAPIError: BigQuery refused the rows or a statement.
        """
        fields = [field for field in table.fields if field.name not in self.constants(batch)]
        with self._staged(batch, table, fields) as staging:
            columns = [field.name for field in fields]
            if self.keys:
                return self._merge(batch, table, staging, columns)
            self._append(batch, table, staging, columns)
            return 0

    def delete_marked(self, table: Table) -> int:
        """Delete the rows that carry `_sdc_deleted_at`; return their number."""
        if "_sdc_deleted_at" not in self.columns:
            return 0
        job = self.jobs.query(statements.delete_marked(table.name), self.stream)
        return job.num_dml_affected_rows or 0

    def retire_versions(self, table: Table, version: int) -> int:
        """Delete the rows of earlier versions of the table, or mark them; return their number."""
        sql = statements.retire_versions(
            table.name, version, timestamp(self.began), hard=self.hard_delete
        )
        return self.jobs.query(sql, self.stream).num_dml_affected_rows or 0

    def constants(self, batch: Batch) -> Mapping[str, str]:
        """Return the metadata columns that need not be sent with each row."""
        began = timestamp(batch.began)
        values = {
            "_sdc_received_at": began,
            "_sdc_batched_at": began,
            "_sdc_deleted_at": "CAST(NULL AS TIMESTAMP)",
            "_sdc_sequence": f"s.`{ROW}`",
        }
        return {name: values[name] for name in METADATA if name in values and name in self.added}

    def _is_key(self, field: bigquery.SchemaField) -> bool:
        return field.name.lower() in {key.lower() for key in self.keys}

    def _merge(self, batch: Batch, table: Table, staging: str, columns: Sequence[str]) -> int:
        """Upsert the rows, compare the numbers of rows and keys, and count the marked keys."""
        keys = [field for field in table.fields if self._is_key(field)]
        sql = statements.count_keys(
            staging, [key.name for key in keys], marks="_sdc_deleted_at" in columns
        )
        (found,) = self.jobs.query(sql, self.stream).result()
        if found.null_count:
            raise LoadError(
                f"Stream '{self.stream}' has {counted(found.null_count, 'key')} with a null."
                " Nothing of the batch was loaded. Report it to the maintainers of the tap."
            )
        self._require(found.row_count, batch.rows, "staged")
        sql = statements.merge(table.name, staging, columns, keys, self.constants(batch))
        merged = self.jobs.query(sql, self.stream).num_dml_affected_rows
        if merged != found.key_count:
            raise LoadError(
                f"The rows of stream '{self.stream}' have {counted(found.key_count, 'key')}, but"
                f" BigQuery merged {counted(merged or 0, 'row')} into {table}. Several rows of the"
                " table have the same key, or its rows are being changed elsewhere: remove the"
                " duplicates, and run it again."
            )
        return int(found.marked_count)

    def _append(self, batch: Batch, table: Table, staging: str, columns: Sequence[str]) -> None:
        sql = statements.append(table.name, staging, columns, self.constants(batch))
        inserted = self.jobs.query(sql, self.stream).num_dml_affected_rows
        self._require(inserted or 0, batch.rows, "appended")

    def _require(self, found: int, expected: int, what: str) -> None:
        if found != expected:
            raise LoadError(
                f"BigQuery {what} {counted(found, 'row')} of stream '{self.stream}', but"
                f" {counted(expected, 'row')} had been sent. No state was written. Run it again;"
                " if it happens again, report it."
            )

    @contextmanager
    def _staged(
        self, batch: Batch, table: Table, fields: Sequence[bigquery.SchemaField]
    ) -> Iterator[str]:
        """Load the rows into a table of their own, which is dropped however this ends."""
        required = [_required(field) if self._is_key(field) else field for field in fields]
        schema = [bigquery.SchemaField(ROW, "INT64", "REQUIRED"), *required]
        file = batch.file()
        staging: list[str] = []

        def attempt() -> str:
            if staging:
                self._drop(staging.pop())
            staging.append(f"{table.name}__staging_{uuid.uuid4().hex}")
            self._create(staging[-1], schema)
            loaded = self.jobs.load(file, staging[-1], schema, self.stream)
            self._require(loaded, batch.rows, "loaded")
            return staging[-1]

        try:
            yield self.jobs.patiently(attempt, _sometimes_lost())
        finally:
            if staging:
                self._drop(staging[-1])

    def _create(self, name: str, schema: Sequence[bigquery.SchemaField]) -> None:
        table = bigquery.Table(name, schema=schema)
        table.expires = dt.datetime.now(dt.UTC) + STAGING_LIVES
        self.jobs.client.create_table(table, exists_ok=True, retry=ONCE, timeout=REQUEST_TIMEOUT)

    def _drop(self, name: str) -> None:
        try:
            self.jobs.patiently(
                lambda: self.jobs.client.delete_table(
                    name, not_found_ok=True, retry=ONCE, timeout=REQUEST_TIMEOUT
                )
            )
        except FAILURES as error:
            self.logger.warning(
                "The staging table %s could not be dropped (%s). It expires within a day.",
                name,
                type(error).__name__,
            )


def timestamp(instant: dt.datetime) -> str:
    """Return an instant in UTC as a literal of SQL."""
    return f"TIMESTAMP '{instant:%Y-%m-%d %H:%M:%S.%f}+00:00'"


def _sometimes_lost() -> Callable[[BaseException], bool]:
    """Retry a few times if a new staging table is not found yet, or an upload was sent twice."""
    left = [_LOST_STAGING]

    def predicate(error: BaseException) -> bool:
        left[0] -= isinstance(error, NotFound | Conflict)
        return isinstance(error, NotFound | Conflict) and left[0] >= 0

    return predicate


def _required(field: bigquery.SchemaField) -> bigquery.SchemaField:
    return bigquery.SchemaField.from_api_repr({**field.to_api_repr(), "mode": "REQUIRED"})
