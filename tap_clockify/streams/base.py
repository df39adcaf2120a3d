"""The base streams. What all streams of a kind share stands here once."""

from __future__ import annotations

import itertools
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import SchemaDirectory, Stream, StreamSchema
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_clockify import schemas
from tap_clockify.limits import BudgetSpentError
from tap_clockify.progress import ThingsProgress
from tap_clockify.shaping import flat_record, kinds_of
from tap_clockify.writing import BatchWriter, name_if_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Context, Record

    from tap_clockify.audit import Line
    from tap_clockify.tap import TapClockify, Workspace

SCHEMAS = SchemaDirectory(schemas)


class ClockifyStream(Stream):
    """A stream of rows that belong to workspaces."""

    schema: ClassVar[StreamSchema[str]] = StreamSchema(SCHEMAS)
    workspace_key = "workspace_id"
    """The column that holds the workspace; workspaces are the stream's partitions."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """Records have the types of their columns by construction."""

    _has_schema_out = False

    @property
    def tap(self) -> TapClockify:
        """The tap, which holds what streams share: the API, the workspaces, the state."""
        return cast("TapClockify", self._tap)

    @override
    def _write_schema_message(self) -> None:
        """Write the SCHEMA once a run, although the stream's rows may come before its turn."""
        if not self._has_schema_out:
            self._has_schema_out = True
            super()._write_schema_message()

    def write_batch(self, records: list[Record]) -> None:
        """Write records that were extracted together, the SCHEMA before them."""
        self._write_schema_message()
        writer = self.tap.message_writer
        name = self._plain_name
        if name is not None and isinstance(writer, BatchWriter):
            writer.write_records(name, records)
        else:
            for record in records:
                self._write_record_message(record)
        self.tap.display.rows(self.name, len(records))

    @cached_property
    def _plain_name(self) -> str | None:
        return name_if_plain(self, self.config)

    @property
    @override
    def partitions(self) -> list[dict[str, Any]]:
        return [{self.workspace_key: workspace.id} for workspace in self.tap.workspaces]


class DirectoryStream(ClockifyStream):
    """Objects of the core API that are read whole at every run, page by page.

    An object that is gone from Clockify is sent once more with its last known identity.
    """

    path: ClassVar[str]
    """Path on the core host; ``{workspaceId}`` stands for the workspace."""

    params: ClassVar[Mapping[str, str]] = {}
    """Query of the list, besides the page."""

    identity: ClassVar[tuple[str, ...]] = ("name",)
    """Columns besides the key to keep of an object that is gone."""

    workspace_key = "workspaceId"

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._progress: dict[str, ThingsProgress] = {}
        self._is_whole = True
        self._lines: dict[str, Line] = {}
        self._begun: dict[str, tuple[Future[list[Any]], Iterator[list[Any]]]] = {}

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        workspace = self.tap.workspace((context or {})[self.workspace_key])
        partition = self.tap.run_state.partition(self.name, workspace.id)
        progress = ThingsProgress(self.name, partition)
        self._progress[workspace.id] = progress
        self.tap.run_state.track(self.name, self.workspace_key, workspace.id, progress)
        line = self._lines.get(workspace.id) or self.begin(workspace)
        try:
            for record in self._present_rows(workspace.id, progress):
                progress.take(record["id"], [record[column] for column in self.identity])
                line.sent += 1
                self.tap.display.rows(self.name, 1)
                yield record
        except BudgetSpentError as error:
            self.tap.note_spent(error)
            self._is_whole = False
        if workspace == self.tap.workspaces[-1] and self._is_whole:
            # Absence is evidence only once every workspace has been read whole.
            for workspace_id, finished in self._progress.items():
                for since, item, identity in finished.removals(self.tap.run_started):
                    self._lines[workspace_id].removed += since == self.tap.run_started
                    yield self._gone_row(workspace_id, since, item, identity)
                self._lines[workspace_id].finish()

    def begin(self, workspace: Workspace) -> Line:
        """Ask for a workspace's objects, to be read later."""
        api = self.tap.api.counted()
        path = self.path.format(workspaceId=workspace.id)
        line = self._lines[workspace.id] = self.tap.audit.open(workspace.id, self.name, api.usage)
        pages = api.pages(path, self.params)
        self._begun[workspace.id] = self.tap.workers.submit(partial(next, pages)), pages
        return line

    def _present_rows(self, workspace_id: str, progress: ThingsProgress) -> Iterator[Record]:
        first, others = self._begun.pop(workspace_id)
        pages = itertools.chain([first.result()], others)
        sent: set[str] = set()
        pages_read = 0
        for page in pages:
            pages_read += 1
            yield from self._page_rows(page, workspace_id, sent)
        if pages_read > 1 and any(True for _ in progress.missing()):
            # One deleted meanwhile lets another slip from a later page into one that was read.
            path = self.path.format(workspaceId=workspace_id)
            for page in self.tap.api.pages(path, self.params):
                yield from self._page_rows(page, workspace_id, sent)

    def _page_rows(
        self, page: list[dict[str, Any]], workspace_id: str, sent: set[str]
    ) -> Iterator[Record]:
        for row in page:
            if row["id"] in sent:
                continue  # An object added meanwhile has shifted the pages.
            sent.add(row["id"])
            record = flat_record(self.reshaped(row, workspace_id), self._kinds)
            record["workspaceId"] = workspace_id
            record["import_timestamp"] = self.tap.run_started
            yield record

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return kinds_of(self.schema)

    def _gone_row(
        self, workspace_id: str, since: str, item: str, identity: list[str | None]
    ) -> Record:
        return {
            **dict.fromkeys(self.schema["properties"]),
            **dict(zip(self.identity, identity, strict=True)),
            "id": item,
            "workspaceId": workspace_id,
            "import_timestamp": self.tap.run_started,
            "_sdc_deleted_at": since,
        }

    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:  # noqa: ARG002
        """Bring an object into the form whose flattening gives the stream's columns."""
        return row
