"""The streams of a run: each keeps its rows until all are loaded side by side."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from target_bigquery_strict.columns import columns_of
from target_bigquery_strict.errors import LoadError, MissingSchemaError
from target_bigquery_strict.loading import Loader
from target_bigquery_strict.refusals import refusal, undeleted
from target_bigquery_strict.retrying import FAILURES
from target_bigquery_strict.rows import Batch, checker
from target_bigquery_strict.summary import Loaded, summary
from target_bigquery_strict.tables import table_name
from target_bigquery_strict.wording import counted, sized

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence
    from typing import IO

    import msgspec

    from target_bigquery_strict.jobs import Jobs
    from target_bigquery_strict.tables import Dataset, Table

SIDE_BY_SIDE = 8
PROGRESS_SECONDS = 30.0
COMPRESSED_MOST = 2 << 30
"""Bytes of a file that are loaded at once. BigQuery takes compressed files of up to 4 GB."""


class Stream:
    """A stream with one SCHEMA: its table, and its rows that are not loaded yet."""

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        loader: Loader,
        table: Future[Table],
        most_rows: int,
    ) -> None:
        """Begin without rows."""
        self._most_rows = most_rows
        self.name = name
        self.rows = 0
        """Rows that were loaded."""
        self.bytes = 0
        self.removed = 0
        """Rows that were marked as deleted, or deleted."""
        self.seconds = 0.0
        """Time that the loads took."""
        self._version: int | None = None
        self._is_confirmed = False
        self._columns = columns
        self._check = checker(name, columns, loader.keys)
        self._loader = loader
        self._table = table
        self._batch: Batch | None = None
        self._next = 1

    @property
    def is_full(self) -> bool:
        """Return whether the waiting rows should be loaded before more are added."""
        batch = self._batch
        return batch is not None and (
            batch.rows >= self._most_rows or batch.compressed > COMPRESSED_MOST
        )

    @property
    def is_waiting(self) -> bool:
        """Return whether something that was sent is not in the table yet."""
        return self._batch is not None or self._version is not None

    def add(
        self, record: msgspec.Raw | bytes, extracted: msgspec.Raw | None, version: int | None
    ) -> None:
        """Keep a record.

        Raises:
            LoadError: It has an unknown column or no usable key, or the disk is full.
        """
        self._check(record)
        self._is_confirmed = False
        (self._batch or self._open()).add(record, extracted, version)

    def add_lines(self, lines: IO[bytes]) -> None:
        """Keep the records of a file, which BigQuery checks."""
        self._is_confirmed = False
        self._open().add_lines(lines)

    def activate(self, version: int) -> None:
        """Retire the rows of earlier versions once all rows of this one have arrived.

        A tap may say so before its first row. If it fails then, there is no row, and the message
        does not mean that there should be none: a STATE after it does.
        """
        if self.rows or self._batch is not None:
            self.confirm()
        if self._loader.knows_versions:
            self._version = version
        else:
            self._loader.logger.warning(
                "Stream '%s' replaces its earlier rows, but its table has no metadata columns that"
                " would tell them apart, so they stay. Set add_record_metadata to true.",
                self.name,
            )

    def confirm(self) -> None:
        """Note that the tap has sent all that it wanted to, up to here.

        The end of the input does not say so: it also comes when the tap has failed.
        """
        self._is_confirmed = True

    def require_table(self) -> Table:
        """Wait until the table is ready.

        Raises:
            LoadError: It cannot be made, or conflicts with the stream.
        """
        try:
            return self._table.result()
        except FAILURES as error:
            raise refusal(self.name, error, None, self._columns) from error

    def load(self, *, is_last: bool = False) -> None:
        """Load the waiting rows; after the last ones, retire the rows of earlier versions.

        Raises:
            LoadError: BigQuery refused something, or a count is not what it must be.
        """
        table = self.require_table()
        batch, self._batch = self._batch, None
        began = time.monotonic()
        try:
            if batch is not None:
                self._merge(batch, table)
            self._delete(table, is_last=is_last, has_new_rows=batch is not None)
        finally:
            self.seconds += time.monotonic() - began
            if batch is not None:
                self._next = batch.next
                batch.close()

    def _merge(self, batch: Batch, table: Table) -> None:
        try:
            marked = self._loader.load(batch, table)
        except FAILURES as error:
            raise refusal(self.name, error, batch, self._columns) from error
        if not self._loader.hard_delete:  # Otherwise they are counted when they are deleted.
            self.removed += marked
        self.rows += batch.rows
        self.bytes += batch.bytes

    def _delete(self, table: Table, *, is_last: bool, has_new_rows: bool) -> None:
        """Delete or mark rows that the stream says are gone."""
        try:
            if has_new_rows and self._loader.hard_delete:
                self.removed += self._loader.delete_marked(table)
            if self._version is not None and is_last and self._is_confirmed:
                self.removed += self._loader.retire_versions(table, self._version)
        except FAILURES as error:
            raise undeleted(self.name, error) from error

    def follows(self, earlier: Stream) -> None:
        """Continue a stream that had another SCHEMA."""
        self._version = earlier._version
        self._next = earlier._next

    @property
    def has_failed(self) -> bool:
        """Return whether the table is known not to be usable."""
        return self._table.done() and self._table.exception() is not None

    def close(self) -> None:
        """Drop the waiting rows."""
        if self._batch is not None:
            self._batch.close()
            self._batch = None

    def _open(self) -> Batch:
        if self._batch is None:
            # The numbers grow over batches and runs, since they also are `_sdc_sequence`.
            first = max(self._next, int(time.time() * 1000))
            self._batch = Batch(first, self._loader.added)
        return self._batch


class Streams:
    """All streams of a run."""

    def __init__(
        self, settings: Mapping[str, Any], dataset: Dataset, jobs: Jobs, logger: logging.Logger
    ) -> None:
        """Begin without streams; their tables are prepared while their rows are read."""
        self._settings = settings
        self._dataset = dataset
        self._jobs = jobs
        self._logger = logger
        self._threads = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="load")
        self._streams: dict[str, Stream] = {}
        self._ended: list[Stream] = []
        self._sources: dict[str, tuple[str, str]] = {}
        self._began_at = dt.datetime.now(dt.UTC)

    def __getitem__(self, name: str) -> Stream:
        """Return a stream whose SCHEMA has arrived.

        Raises:
            MissingSchemaError: There was none.
        """
        if name not in self._streams:
            raise MissingSchemaError(
                f"The input has a message of stream '{name}' before the SCHEMA of it. Report it to"
                " the maintainers of the tap."
            )
        return self._streams[name]

    def open(
        self, name: str, schema: Mapping[str, Any], keys: Sequence[str], source: str
    ) -> Stream:
        """Begin a stream, which the tap calls `source`; rows with its earlier SCHEMA come first.

        Raises:
            LoadError: The SCHEMA cannot be a table's, or the earlier rows could not be loaded.
        """
        if (earlier := self._streams.get(name)) is not None:
            self.load([earlier])
            self._ended.append(earlier)
        keys = tuple(dict.fromkeys(keys))
        self._require_own_table(name, source)
        declared = schema["properties"]
        wanted = bool(self._settings["add_record_metadata"])
        columns = columns_of(name, schema, keys, metadata=wanted)
        loader = Loader(
            name,
            keys,
            frozenset(column.name for column in columns if column.name not in declared),
            frozenset(column.name for column in columns),
            self._jobs,
            self._logger,
            began=self._began_at,
            hard_delete=self._settings["hard_delete"],
        )
        table = self._threads.submit(self._dataset.prepare, name, columns)
        most_rows = self._settings["batch_size_rows"]
        stream = self._streams[name] = Stream(name, list(declared), loader, table, most_rows)
        if earlier is not None:
            stream.follows(earlier)
        return stream

    def _require_own_table(self, name: str, source: str) -> None:
        """Refuse two streams for one table: each would overwrite what the other has loaded."""
        table = table_name(name)
        other = self._sources.setdefault(table, (name, source))
        if other != (name, source):
            raise LoadError(
                f"Streams '{other[1]}' and '{source}' would be loaded into one table, {table}."
                " Rename one of them with a stream map (__alias__)."
            )

    @property
    def are_waiting(self) -> bool:
        """Return whether something that was sent is not in the tables yet."""
        return any(stream.is_waiting for stream in self._streams.values())

    def confirm(self) -> None:
        """Note that the tap has sent all that it wanted to, up to here."""
        for stream in self._streams.values():
            stream.confirm()

    def check(self) -> None:
        """Notice early that a table cannot be used, while the tap is still sending rows.

        Raises:
            LoadError: A table cannot be made, or conflicts with its stream.
        """
        for stream in self._streams.values():
            if stream.has_failed:
                stream.require_table()

    def load(self, streams: Iterable[Stream] | None = None, *, is_last: bool = False) -> None:
        """Load what is waiting, side by side; the streams that can be loaded are.

        Raises:
            LoadError: Something could not be loaded. Other failures were logged.
        """
        chosen = list(self._streams.values() if streams is None else streams)
        for stream in chosen:  # A conflict with one table is found before any other is changed.
            stream.require_table()
        running = {self._threads.submit(stream.load, is_last=is_last): stream for stream in chosen}
        self._wait(running)
        errors = [error for error in (task.exception() for task in running) if error is not None]
        for error in errors[1:]:
            self._logger.error("%s", error)
        if errors:
            raise errors[0]

    def _wait(self, running: Mapping[Future[None], Stream]) -> None:
        pending = set(running)
        while pending:
            done, pending = wait(pending, PROGRESS_SECONDS, FIRST_COMPLETED)
            if not done:
                names = ", ".join(sorted(running[task].name for task in pending))
                self._logger.info("Still loading %s.", names)

    def report(self, seconds: float) -> None:
        """Log what was loaded, `seconds` after the process began."""
        streams = [*self._ended, *self._streams.values()]
        for stream in streams:
            self._logger.debug(
                "%s: %s, %s in %.1f s",
                *(stream.name, counted(stream.rows, "row"), sized(stream.bytes), stream.seconds),
            )
        told = summary(
            [Loaded(table_name(s.name), s.rows, s.bytes, s.removed) for s in streams],
            self._dataset.name,
            len(self._dataset.created),
            seconds,
            hard_delete=self._settings["hard_delete"],
        )
        self._logger.info("%s", told)

    def close(self) -> None:
        """Wait for requests that are under way, and drop the rows that are waiting."""
        self._jobs.patiently.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for stream in self._streams.values():
            stream.close()
        self._jobs.close()
