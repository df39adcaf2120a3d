"""Running timers: entries without an end, which the reports do not show as such."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.paging import pages

from tap_clockify.records.report_rows import report_row

if TYPE_CHECKING:
    from concurrent.futures import Future

    from clockify_client.client import ClockifyClient
    from clockify_client.http.workers import Workers
    from singer_sdk.helpers.types import Record

    from tap_clockify.reports.names import Names
    from tap_clockify.reports.reading import Shape

TIMER_PAGE_SIZES = (1000, 200, 50)
"""Page sizes to try in turn; the documented maximum for running timers is 1,000."""


class RunningTimers:
    """The timers of a workspace that were running when they were requested."""

    def __init__(
        self, client: ClockifyClient, workspace_id: str, names: Names, shape: Shape
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            client: Makes the requests.
            workspace_id: The workspace.
            names: Finds the names that the core host leaves out.
            shape: Converts a row of the report to an entry.
        """
        self._client = client
        path = workspace_path(workspace_id, "time-entries", "status", "in-progress")
        self._path = path
        self._names = names
        self._shape = shape
        self._begun: Future[list[dict[str, Any]]] | None = None

    def begin(self, workers: Workers) -> None:
        """Request the timers without waiting for them."""
        self._begun = workers.submit(self._ask)

    @property
    def ids(self) -> set[str]:
        """The ids of the timers, if they were requested."""
        return {row["id"] for row in self._rows} if self._begun else set()

    @property
    def days(self) -> set[tuple[str, str]]:
        """The days on which the timers started, each with the person's id."""
        return {(entry["date"], entry["user_id"]) for entry in map(self._entry, self._rows)}

    def entries(self, stopped: set[str]) -> list[Record]:
        """Return the timers as entries, without those that have stopped since."""
        return [self._entry(row) for row in self._rows if row["id"] not in stopped]

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return self._begun.result() if self._begun else self._ask()

    def _ask(self) -> list[dict[str, Any]]:
        listed = pages(self._client, self._path, sizes=TIMER_PAGE_SIZES)
        return [row for page in listed for row in page if not row["timeInterval"].get("end")]

    def _entry(self, row: dict[str, Any]) -> Record:
        return self._shape(report_row(self._names.as_report_row(row)))
