"""Decides whether rows that are missing are gone, or only out of sight of the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError

from tap_clockify.clockify.sight import Sight, look, sight_of
from tap_clockify.memory.state import readable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tap_clockify.context import RunContext

MANY_ROWS = 50
"""Up to so many rows may go at once, whatever their share."""

REMEDY = (
    "No row was marked as deleted. If the rows are really gone, run once with allow_removals: true."
)


class Missing(NamedTuple):
    """How many rows of a table are missing, of how many that earlier runs sent, and whose.

    Only some tables tell whose rows they were.
    """

    stream: str
    rows: int
    of: int
    people: Collection[str] = ()


class Removals:
    """Compares what a run sees of a workspace with what earlier runs saw.

    A key that sees less, since its owner was demoted or is somebody else now, gets answers without
    an error in which the time of others is missing. Marking it as gone would be wrong.
    """

    def __init__(self, context: RunContext, workspace_id: str) -> None:
        """Prepare to compare without sending a request."""
        self._context = context
        self._workspace_id = workspace_id

    def of_objects_are_doubtful(self, missing: Missing) -> bool:
        """Return whether not to believe that objects of a list are gone; if so, the run fails.

        Raises:
            BudgetSpentError: No request is left to find out.
        """
        if not missing.rows or self._context.settings.allow_removals:
            return False
        if self._are_too_many(missing):
            return True
        before = self._before()
        if not before.sees_all:
            return False
        now = self._look()
        return (now is None or not now.sees_all) and self._fail_for_role()

    def of_time_are_doubtful(
        self,
        missing: Sequence[Missing],
        people: Collection[str],
        recent: Collection[str] | None,
    ) -> bool:
        """Return whether not to believe that rows of time are gone; if so, the run fails.

        Args:
            missing: The missing rows, by table.
            people: The people of whom the run has seen entries.
            recent: Those who have entries in the lookback window; None if it was not read whole.

        Raises:
            BudgetSpentError: No request is left to find out.
        """
        before = self._before()
        if not self._context.settings.allow_removals:
            if any(map(self._are_too_many, missing)):
                return True
            vanished = set().union(*(item.people for item in missing)).difference(people)
            if recent is not None and any(item.rows for item in missing):
                vanished |= set(before.tracked).difference(recent)
            if vanished:
                now = self._look()
                if now is None or not now.covers(before, people):
                    return self._fail_for_role()
                before = now
        if recent is not None:
            self._context.state.note_sight(self._workspace_id, before.tracking(recent).to_state())
        return False

    def note_people(self, roles: Mapping[str, Any]) -> None:
        """Remember the role of the key's owner, after everybody has been listed.

        Args:
            roles: The roles of everybody, as Clockify lists them, by the person's id.
        """
        owner = self._context.owner_id
        if owner is not None:
            with readable("the tap", "sights"):
                latest = Sight.from_state(self._context.state.latest_sight(self._workspace_id))
            now = sight_of(owner, roles).tracking(latest.tracked)
            self._context.state.note_sight(self._workspace_id, now.to_state())

    def fail_for_filter(self) -> None:
        """Fail since a report is empty only because of the filter for people."""
        self._fail(
            "Clockify's report has entries, but none if it is requested for people of every status."
            f" {REMEDY}"
        )

    def _are_too_many(self, missing: Missing) -> bool:
        share = self._context.settings.max_removed_share
        if missing.rows <= max(MANY_ROWS, share * missing.of):
            return False
        return self._fail(
            f"{missing.rows} of {missing.of} rows of {missing.stream} are missing in Clockify,"
            f" more than the share {share} of max_removed_share. Check that the owner of the key is"
            f" still an owner or admin of the workspace. {REMEDY}"
        )

    def _fail_for_role(self) -> bool:
        return self._fail(
            "Rows that earlier runs saw are missing. They may only be hidden, since the owner of"
            " the key is not known to be an owner or admin of the workspace. Use the key of an"
            f" owner or admin. {REMEDY}"
        )

    def _fail(self, message: str) -> bool:
        self._context.state.keep_sight(self._workspace_id)
        self._context.notices.fail(ClockifyError(f"Workspace {self._workspace_id}: {message}"))
        return True

    def _before(self) -> Sight:
        with readable("the tap", "sights"):
            return Sight.from_state(self._context.state.sight(self._workspace_id))

    def _look(self) -> Sight | None:
        """Request once a run what the key may see; None if Clockify does not say."""
        context, workspace_id = self._context, self._workspace_id
        if workspace_id not in context.sights:
            try:
                found = look(context.client, workspace_id, context.owner_id)
            except RequestError:
                found = None
            context.sights[workspace_id] = found
        return context.sights[workspace_id]
