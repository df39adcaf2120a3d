"""Running timers: entries of a workspace that have no end yet, which no report shows as such."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clockify.clockify.client import workspace_path
from tap_clockify.clockify.paging import pages
from tap_clockify.records.report_rows import report_row

if TYPE_CHECKING:
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.client import ClockifyClient
    from tap_clockify.http.workers import Workers
    from tap_clockify.reports.names import Names
    from tap_clockify.reports.reading import Shape

PAGE_SIZES = (1000, 200, 50)
"""The list of running timers has a stated maximum of 1,000."""


class RunningTimers:
    """The timers that ran when they were first asked for."""

    def __init__(
        self, client: ClockifyClient, workspace_id: str, names: Names, shape: Shape
    ) -> None:
        """Ask for nothing yet.

        Args:
            client: The way to Clockify.
            workspace_id: The workspace.
            names: Finds the names that the core host leaves out.
            shape: Makes an entry of a row of the report.
        """
        self._client = client
        path = workspace_path(workspace_id, "time-entries", "status", "in-progress")
        self._path = path
        self._names = names
        self._shape = shape
        self._begun: Future[list[dict[str, Any]]] | None = None

    def begin(self, workers: Workers) -> None:
        """Ask for the timers, to be read later."""
        self._begun = workers.submit(self._ask)

    @property
    def ids(self) -> set[str]:
        """The ids of the timers, if they were asked for."""
        return {row["id"] for row in self._rows} if self._begun else set()

    @property
    def days(self) -> set[tuple[str, str]]:
        """The days on which timers run, each with the person's id."""
        return {(entry["date"], entry["user_id"]) for entry in map(self._entry, self._rows)}

    def entries(self, stopped: set[str]) -> list[Record]:
        """Make entries of the timers, without those that have stopped since."""
        return [self._entry(row) for row in self._rows if row["id"] not in stopped]

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return self._begun.result() if self._begun else self._ask()

    def _ask(self) -> list[dict[str, Any]]:
        listed = pages(self._client, self._path, sizes=PAGE_SIZES)
        return [row for page in listed for row in page if not row["timeInterval"].get("end")]

    def _entry(self, row: dict[str, Any]) -> Record:
        return self._shape(report_row(self._names.as_report_row(row)))
