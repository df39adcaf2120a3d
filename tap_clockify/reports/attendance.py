"""Read the attendance report: when each person began and ended each day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError
from clockify_client.http.limits import BudgetSpentError
from clockify_client.paging import listed, read_pages

from tap_clockify.dates import windows
from tap_clockify.memory.dated_progress import DatedProgress
from tap_clockify.memory.trailing_window import TrailingWindow
from tap_clockify.permissions import without
from tap_clockify.records.attendance import attendance_fields, with_hours
from tap_clockify.records.flatten import Flattener
from tap_clockify.removals import Missing, Removals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clockify_client.client import ClockifyClient
    from clockify_client.http.session import Answer
    from clockify_client.subscription import Needs
    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.output.audit import AuditLine

PAGE_SIZES = (200, 50)
"""A client library says that 201 is the maximum (facts sheet, 7.1)."""

OLD_GAP = 14
"""Changed days at most this far apart are read in one window."""

WORKSPACE_KEY = "workspace_id"


class AttendanceReader:
    """Reads the report for its table, one workspace after another.

    Attributes:
        tables: The name of the table.
        is_shown: Whether the display counts the rows.
    """

    is_shown = True

    def __init__(
        self, context: RunContext, name: str, schema: Mapping[str, Any], needs: Needs | None
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            context: The run.
            name: The name of the table.
            schema: Its JSON schema.
            needs: What it needs of the plan.
        """
        self._needs = needs
        self.tables: tuple[str, ...] = (name,)
        self._context = context
        self._name = name
        unknown = context.notices.unknown_fields[name]
        self._flatten = replace(Flattener.of(schema), unknown=unknown)
        self._whole: list[tuple[Workspace, DatedProgress, AuditLine]] = []

    def planned_requests(self, workspace: Workspace) -> int:
        """Return the number of windows, each of which has at least a page."""
        first, days = self._trailing_window(workspace).first, workspace.subscription.range_days
        return len(list(windows.cut(first, self._context.today, days)))

    def try_out(self, workspace: Workspace) -> None:
        """Request the report of today."""
        today = windows.Window(self._context.today, self._context.today)
        next(self._pages(self._context.client, workspace, today), None)

    def begin(self) -> None:
        """Do nothing: the first request depends on the state."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows of all workspaces, page by page."""
        for workspace in self._context.workspaces:
            client = self._context.client.counted(self._name)
            trailing = self._trailing_window(workspace)
            partition = self._context.state.partition(self._name, workspace.id)
            progress = DatedProgress(self._name, partition, trailing)
            self._context.state.track(self._name, WORKSPACE_KEY, workspace.id, progress)
            line = self._context.audit.open(workspace.id, self._name, client.usage)
            try:
                for window in self._windows(workspace, trailing):
                    for page in self._pages(client, workspace, window):
                        rows = list(self._rows(workspace, progress, page))
                        line.sent += len(rows)
                        yield self._name, rows
                    progress.finish(window)
                self._whole.append((workspace, progress, line))
            except BudgetSpentError as error:
                self._context.notices.budget_spent(error)
            except RequestError as error:
                without(self._context, workspace, [(self._name, line)], error, self._needs)

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones of the rows that are gone from the days that were read."""
        now = self._context.started
        for workspace, progress, line in self._whole:
            missing = Missing(self._name, len(list(progress.missing())), progress.known)
            try:
                if Removals(self._context, workspace.id).of_objects_are_doubtful(missing):
                    continue
            except BudgetSpentError:
                continue
            tombstones = list(progress.tombstones(now))
            line.removed += sum(since == now for since, _ in tombstones)
            line.finish()
            if tombstones:
                rows = [self._gone_row(workspace, since, row) for since, row in tombstones]
                yield self._name, rows

    def _trailing_window(self, workspace: Workspace) -> TrailingWindow:
        context = self._context
        return TrailingWindow(
            self._name,
            context.state.partition(self._name, workspace.id),
            today=context.today,
            exact_from=context.exact_from,
            start=context.settings.start_day(context.tz),
            zone=context.timezone,
            reached=context.today.isoformat(),
        )

    def _windows(self, workspace: Workspace, trailing: TrailingWindow) -> Iterator[windows.Window]:
        """Yield the trailing window in pieces, then the older days on which entries changed."""
        days = workspace.subscription.range_days
        yield from windows.cut(trailing.first, self._context.today, days)
        changed = self._context.reread_days.get(workspace.id, ())
        old = {day for day in changed if trailing.history_start <= day < trailing.first}
        yield from windows.gather(old, gap=OLD_GAP, max_days=days)

    def _pages(
        self, client: ClockifyClient, workspace: Workspace, window: windows.Window
    ) -> Iterator[list[Any]]:
        path = workspace_path(workspace.id, "reports", "attendance")

        def ask(number: int, size: int) -> Answer:
            body = {
                "dateRangeStart": window.range_start,
                "dateRangeEnd": window.range_end,
                "timeZone": self._context.timezone,
                "exportType": "JSON",
                "sortOrder": "ASCENDING",
                "attendanceFilter": {"page": number, "pageSize": size, "sortColumn": "DATE"},
            }
            return client.post_report(path, body)

        def entities(answer: Answer) -> list[Any]:
            body = answer.body
            found = body.get("entities") if isinstance(body, dict) else body
            return [item for item in listed(found, f"POST {path}") if isinstance(item, dict)]

        return read_pages(ask, entities, PAGE_SIZES)

    def _rows(
        self, workspace: Workspace, progress: DatedProgress, page: list[Any]
    ) -> Iterator[Record]:
        for item in page:
            row = with_hours(self._flatten(attendance_fields(item)))
            if row["user_id"] is None or row["date"] is None:
                raise ClockifyError(
                    "Clockify's attendance report has a row without a person or a day. Deselect the"
                    " stream attendance, and report this."
                )
            if progress.take(row["user_id"], dt.date.fromisoformat(row["date"])):
                row[WORKSPACE_KEY] = workspace.id
                row["import_timestamp"] = self._context.started
                row["is_deleted"] = False
                yield row

    def _gone_row(self, workspace: Workspace, since: str, row: Any) -> Record:
        return {
            **dict.fromkeys(self._flatten.kinds),
            WORKSPACE_KEY: workspace.id,
            "user_id": row.key[0],
            "date": str(row.day),
            "import_timestamp": self._context.started,
            "_sdc_deleted_at": since,
            "is_deleted": True,
        }
