"""Whether time that a reading did not show is gone, or only hidden from the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_client.http.limits import BudgetSpentError

from tap_clockify.memory.time_progress import days_in
from tap_clockify.removals import Missing, Removals

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_progress import TimeProgress
    from tap_clockify.reports.requests import ReportRequests
    from tap_clockify.reports.sightings import Sightings
    from tap_clockify.reports.span import Span


class Absences:
    """Judges what is missing from one workspace."""

    def __init__(
        self, context: RunContext, workspace_id: str, ask: ReportRequests, span: Span
    ) -> None:
        """Prepare to judge without sending a request.

        Args:
            context: The run.
            workspace_id: The workspace.
            ask: Makes the requests.
            span: The days that the run covers.
        """
        self._removals = Removals(context, workspace_id)
        self._ask = ask
        self._span = span

    def are_all_hidden(self) -> bool:
        """Return whether an empty report is due to its filter for people; the run then fails."""
        are_hidden = any(map(self._ask.is_hidden, self._span.windows))
        if are_hidden:
            self._removals.fail_for_filter()
        return are_hidden

    def are_doubtful(
        self, progress: Collection[TimeProgress], sightings: Sightings, *, is_whole: bool
    ) -> bool:
        """Return whether not to believe that missing rows are gone; if so, the run fails.

        If no request is left to find out, the next run finds out.

        Args:
            progress: The progress of the tables.
            sightings: What the run has seen.
            is_whole: Whether it has read everything.
        """
        window = days_in(self._span.trailing)
        missing = [
            Missing(item.stream, *item.missing_in(window), item.people_missing())
            for item in progress
        ]
        recent = sightings.recent if is_whole else None
        try:
            return self._removals.of_time_are_doubtful(missing, sightings.people, recent)
        except BudgetSpentError:
            for item in progress:
                item.postpone()
            return False
