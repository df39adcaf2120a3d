"""Read the time of all workspaces once per run, for all tables made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_client.http.errors import FORBIDDEN, RequestError

from tap_clockify.dates.windows import Window
from tap_clockify.reports.requests import ReportRequests
from tap_clockify.reports.workspace import WorkspaceReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.reports.tables import TimeTable


class TimeReader:
    """Reads the workspaces one after another.

    Attributes:
        tables: The names of the tables that it feeds.
        is_shown: Whether the display counts the rows.
    """

    is_shown = True

    def __init__(self, context: RunContext, tables: Sequence[TimeTable], *, ahead: int = 1) -> None:
        """Prepare to read without sending a request.

        Args:
            context: The run.
            tables: The tables that are made from what is read.
            ahead: How many workspaces to request while another one is read.
        """
        self._ahead = ahead
        self.tables = tuple(table.name for table in tables)
        self._context = context
        self._time_tables = tables
        self._begun: list[WorkspaceReader] = []

    def planned_requests(self, workspace: Workspace) -> int:
        """Return the least number of requests that a workspace takes."""
        reader = WorkspaceReader(self._context, workspace, self._time_tables)
        return len(reader.span.windows)

    def try_out(self, workspace: Workspace) -> None:
        """Request the number of entries of today."""
        context = self._context
        today = Window(context.today, context.today)
        ReportRequests(context.client, workspace.id, context.timezone, today.days).count(today)

    def begin(self) -> None:
        """Send the first requests for the first workspace without waiting for responses."""
        for workspace in self._context.workspaces[:1]:
            self._begin(workspace)

    def _begin(self, workspace: Workspace) -> None:
        reader = WorkspaceReader(self._context, workspace, self._time_tables)
        reader.begin()
        self._begun.append(reader)

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the live rows of all workspaces."""
        workspaces = self._context.workspaces
        for number, current in enumerate(workspaces):
            # Responses of the next workspace arrive while this one is read.
            for workspace in workspaces[len(self._begun) : number + 1 + self._ahead]:
                self._begin(workspace)
            reader = self._begun[number]
            try:
                yield from reader.live()
            except RequestError as error:
                if error.status != FORBIDDEN:
                    raise
                reader.hold()
                names = " and ".join(self.tables)
                self._context.notices.fail(error, f"{names} of workspace {current.id}")
        for reader in self._begun:
            yield from reader.in_turn()

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones of the rows that are gone, as far as each workspace was read."""
        for reader in self._begun:
            yield from reader.gone()
