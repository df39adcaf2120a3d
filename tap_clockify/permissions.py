"""Decides what a run does about something that a workspace's plan or the key's role forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_client.http.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, PAYMENT_REQUIRED

if TYPE_CHECKING:
    from collections.abc import Collection

    from clockify_client.http.errors import RequestError
    from clockify_client.subscription import Needs

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.output.audit import AuditLine

REFUSALS = {BAD_REQUEST, FORBIDDEN, NOT_FOUND}
"""Statuses by which Clockify may refuse what a plan or a role does not allow."""


def is_refusal(error: RequestError, workspace: Workspace, needs: Needs | None) -> bool:
    """Return whether an error means that the plan or the role does not allow a request.

    What needs nothing is never refused for that reason, unless Clockify asks for a payment.

    Args:
        error: The error.
        workspace: The workspace.
        needs: What the request needs.
    """
    if error.status == PAYMENT_REQUIRED:
        return True
    if needs is None or error.status not in REFUSALS:
        return False
    return error.status != BAD_REQUEST or workspace.subscription.lacks(needs)


def without(
    context: RunContext,
    workspace: Workspace,
    lines: Collection[tuple[str, AuditLine]],
    error: RequestError,
    needs: Needs | None,
) -> None:
    """Continue without some streams of a workspace, if Clockify forbids only them.

    They are skipped if the plan or the role does not allow them. Otherwise, or if the run is
    strict, the run fails after everything else has been read.

    Args:
        context: The run.
        workspace: The workspace.
        lines: The names of the streams, and their lines of the audit.
        error: Clockify's error.
        needs: What the streams need.

    Raises:
        RequestError: The error concerns the whole run.
    """
    may_skip = is_refusal(error, workspace, needs)
    if not may_skip and error.status != FORBIDDEN:
        raise error
    names = " and ".join(name for name, _ in lines)
    where = f"{names} of workspace {workspace.id}"
    if not names:
        return
    if not may_skip or context.settings.strict:
        context.notices.fail(error, where)
        return
    reason = reason_of(workspace, needs, error.status)
    for _, line in lines:
        line.skip(reason)
    context.logger.warning(
        "Skipped %s: %s Rows that were loaded before stay as they are. Deselect what the workspace"
        " does not have, or set strict to true to let such a run fail.",
        where,
        reason,
    )


def reason_of(workspace: Workspace, needs: Needs | None, status: int | None = None) -> str:
    """Say why the plan or the role does not allow something.

    Args:
        workspace: The workspace.
        needs: What it needs.
        status: The status of Clockify's refusal; None if nothing was requested.
    """
    plan, feature = workspace.subscription.name, needs.feature if needs else None
    seen = f" (status {status})" if status is not None else ""
    if workspace.subscription.lacks(needs):
        return f"The plan {plan} does not include the feature {feature}{seen}."
    if status == NOT_FOUND:
        return f"The host does not have it{seen}."
    if status == PAYMENT_REQUIRED:
        return f"The plan {plan} does not include it{seen}."
    needed = f", and its plan, {plan}, must include the feature {feature}" if feature else ""
    return (
        f"Clockify does not allow it{seen}. The owner of the key must be an owner or admin of"
        f" the workspace{needed}."
    )
