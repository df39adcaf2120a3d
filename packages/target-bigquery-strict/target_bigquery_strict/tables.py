"""The dataset and the tables: made if they are missing, and kept in step with the SCHEMA."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import Conflict, NotFound, PreconditionFailed
from google.cloud import bigquery

from target_bigquery_strict.columns import reconciled
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.retrying import FAILURES, ONCE, REQUEST_TIMEOUT

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

    from target_bigquery_strict.columns import Column
    from target_bigquery_strict.jobs import Jobs

_CLUSTERED_MOST = 4


@dataclass(frozen=True)
class Layout:
    """How a table is partitioned and clustered."""

    partition: str | None = None
    granularity: str = "DAY"
    cluster: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any], stream: str, columns: Sequence[Column]) -> Layout:
        """Return the layout that the settings choose for a stream.

        Raises:
            LoadError: It names a column that the stream lacks, or that cannot be used so.
        """
        chosen: Mapping[str, Any] = {}
        for name, layout in (settings.get("tables") or {}).items():
            if table_name(name) == table_name(stream):
                chosen = layout
        layout = cls(
            chosen.get("partition"),
            chosen.get("granularity", "day").upper(),
            tuple(chosen.get("cluster", ())),
        )
        layout.check(stream, {column.name: column.kind for column in columns})
        return layout

    def check(self, stream: str, types: Mapping[str, str]) -> None:
        """Refuse a layout that BigQuery would refuse.

        Raises:
            LoadError: It cannot be a layout of this stream.
        """
        for name in filter(None, (self.partition, *self.cluster)):
            if name not in types:
                raise LoadError(
                    f"The setting 'tables' names column '{name}', which stream '{stream}' does not"
                    f" have. It has {', '.join(sorted(types))}."
                )
        if self.partition and types[self.partition] not in ("DATE", "DATETIME", "TIMESTAMP"):
            raise LoadError(
                f"The setting 'tables' partitions stream '{stream}' by '{self.partition}', which is"
                f" {types[self.partition]}. Name a column with dates or instants."
            )
        for name in self.cluster:
            if types[name] in ("FLOAT64", "JSON", "TIME") or types[name].startswith("a list"):
                raise LoadError(
                    f"The setting 'tables' clusters stream '{stream}' by '{name}', which is"
                    f" {types[name]}. BigQuery does not cluster by such columns: name another one."
                )
        if len(self.cluster) > _CLUSTERED_MOST:
            raise LoadError(
                f"The setting 'tables' names more than {_CLUSTERED_MOST} columns to cluster stream"
                f" '{stream}' by. BigQuery takes {_CLUSTERED_MOST} at most."
            )

    def apply(self, table: bigquery.Table) -> None:
        """Give a new table this layout."""
        if self.partition:
            table.time_partitioning = bigquery.TimePartitioning(
                type_=self.granularity, field=self.partition
            )
        if self.cluster:
            table.clustering_fields = list(self.cluster)

    def differs_from(self, table: bigquery.Table) -> bool:
        """Return whether this layout was asked for and an existing table has another one."""
        parts = table.time_partitioning
        partition = (parts.field, parts.type_) if parts else None
        wanted = (self.partition, self.granularity) if self.partition else None
        cluster = tuple(table.clustering_fields or ())
        return bool((wanted and partition != wanted) or (self.cluster and cluster != self.cluster))


@dataclass(frozen=True)
class Table:
    """A table that is ready to be loaded into, and the fields of the stream in it."""

    name: str
    """With project and dataset."""
    fields: tuple[bigquery.SchemaField, ...]

    def __str__(self) -> str:
        """Return the name with the dataset."""
        return self.name.partition(".")[2]


def table_name(stream: str) -> str:
    """Return the table of a stream, named as by other loaders."""
    return re.sub(r"[^\w]", "_", stream.lower())


@dataclass
class Dataset:
    """The dataset of the settings."""

    jobs: Jobs
    settings: Mapping[str, Any]
    logger: logging.Logger
    created: set[str] = field(default_factory=set)
    """Names of the tables that did not exist before."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_ready: bool = False
    _failure: Exception | None = None

    @property
    def name(self) -> str:
        """The dataset with its project."""
        return f"{self.settings['project']}.{self.settings['dataset']}"

    def prepare(self, stream: str, columns: Sequence[Column]) -> Table:
        """Make a stream's table, or bring its columns and descriptions up to date.

        Raises:
            LoadError: The dataset is elsewhere, or a column conflicts with the stream.
        """
        self._require()
        layout = Layout.of(self.settings, stream, columns)
        name = f"{self.name}.{table_name(stream)}"
        return self.jobs.patiently(
            lambda: self._prepared(name, columns, layout),
            # Somebody else changed the table between the reading and the writing of its columns.
            lambda error: isinstance(error, PreconditionFailed | Conflict),
        )

    def _require(self) -> None:
        """Make the dataset unless it exists, once, whichever stream comes first."""
        with self._lock:
            if self._failure is not None:
                raise self._failure  # Ten minutes of patience are enough for all streams.
            if not self._is_ready:
                try:
                    dataset = self.jobs.patiently(self._dataset)
                except FAILURES as error:
                    self._failure = error
                    raise
                self.check_location(dataset)
                self.jobs.location = dataset.location
                self._is_ready = True

    def _dataset(self) -> bigquery.Dataset:
        try:
            return self.jobs.client.get_dataset(self.name, retry=ONCE, timeout=REQUEST_TIMEOUT)
        except NotFound:
            dataset = bigquery.Dataset(self.name)
            if self.settings.get("location"):
                dataset.location = self.settings["location"]
            made = self.jobs.client.create_dataset(
                dataset, exists_ok=True, retry=ONCE, timeout=REQUEST_TIMEOUT
            )
            self.logger.info("Created dataset %s in %s.", self.name, made.location)
            return made

    def check_location(self, dataset: bigquery.Dataset) -> None:
        """Compare where a dataset is with the settings.

        Raises:
            LoadError: It is elsewhere.
        """
        wanted, actual = self.settings.get("location"), dataset.location
        if wanted and actual and wanted.lower() != actual.lower():
            raise LoadError(
                f"Dataset {self.name} is in {actual}, but the setting location says {wanted}. Set"
                f" location to {actual}, or name another dataset: a dataset cannot be moved."
            )

    def _prepared(self, name: str, columns: Sequence[Column], layout: Layout) -> Table:
        try:
            table = self.jobs.client.get_table(name, retry=ONCE, timeout=REQUEST_TIMEOUT)
        except NotFound:
            table = bigquery.Table(name, schema=[column.field for column in columns])
            layout.apply(table)
            table = self.jobs.client.create_table(table, retry=ONCE, timeout=REQUEST_TIMEOUT)
            self.created.add(name)
            self.logger.debug("Created table %s.", name)
            return Table(name, tuple(column.field for column in columns))
        loaded, whole = reconciled(name, columns, table.schema)
        if layout.differs_from(table):
            self.logger.warning(
                "Table %s exists with another layout than the setting 'tables' asks for. BigQuery"
                " cannot change it: the rows are loaded into the table as it is.",
                name,
            )
        if [each.to_api_repr() for each in whole] != [each.to_api_repr() for each in table.schema]:
            before = {each.name for each in table.schema}
            table.schema = whole
            self.jobs.client.update_table(table, ["schema"], retry=ONCE, timeout=REQUEST_TIMEOUT)
            self._tell_columns(name, [each.name for each in whole if each.name not in before])
        return Table(name, tuple(loaded))

    def _tell_columns(self, table: str, added: Sequence[str]) -> None:
        if added:
            self.logger.info("Added to table %s: %s.", table, ", ".join(added))
        else:
            self.logger.debug("Updated the descriptions of table %s.", table)
