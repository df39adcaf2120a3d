"""What to do about differences between the rows read and Clockify's own totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clockify.context import RunContext
    from tap_clockify.reports.totals import Difference


class TotalsDifferError(ClockifyError):
    """The rows read differ from Clockify's own totals, and ``verify_totals`` is ``fail``."""


def judge(context: RunContext, workspace_id: str, differences: Sequence[Difference]) -> None:
    """Warn about days that differ from Clockify's own totals, or fail, as configured.

    Raises:
        TotalsDifferError: There are differences, and ``verify_totals`` is ``fail``.
    """
    for difference in differences:
        context.logger.warning("Workspace %s, %s.", workspace_id, difference)
    if differences and context.settings.verify_totals == "fail":
        raise TotalsDifferError(
            f"Workspace {workspace_id}: the entries read differ from Clockify's own totals even"
            f" after a second reading. Number of differences: {len(differences)}; the first:"
            f" {differences[0]}. Run again, or set verify_totals to warn."
        )
