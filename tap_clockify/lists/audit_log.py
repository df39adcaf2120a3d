"""Read Clockify's audit log, which has a host of its own (facts sheet, 6.18)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.http.errors import BAD_REQUEST, RequestError
from clockify_client.paging import listed, read_pages

from tap_clockify.dates.zones import timestamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from clockify_client.client import ClockifyClient
    from clockify_client.http.session import Answer

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext

PAGE_SIZES = (50, 20)
"""Clockify documents 50 as the maximum, and 20 as the default."""

KINDS = {
    "TIME": (
        "CREATE_TIME_PERSONAL_TIMER",
        "CREATE_TIME_PERSONAL_MANUAL",
        "CREATE_TIME_IMPORT",
        "CREATE_TIME_KIOSK",
        "CREATE_TIME_FOR_OTHER",
        "RESTORE_TIME",
        "RESTORE_TIME_FOR_OTHER",
        "UPDATE_TIME_PERSONAL",
        "UPDATE_TIME_FOR_OTHER",
        "DELETE_TIME_PERSONAL",
        "DELETE_TIME_FOR_OTHER",
    ),
    "PROJECT": (
        "CREATE_PROJECT",
        "CREATE_PROJECT_IMPORT",
        "CREATE_PROJECT_QUICKBOOKS",
        "UPDATE_PROJECT",
        "DELETE_PROJECT",
    ),
    "TASK": ("CREATE_TASK", "CREATE_TASK_IMPORT", "UPDATE_TASK", "DELETE_TASK"),
    "CLIENT": (
        "CREATE_CLIENT",
        "CREATE_CLIENT_IMPORT",
        "CREATE_CLIENT_QUICKBOOKS",
        "UPDATE_CLIENT",
        "DELETE_CLIENT",
    ),
    "TAG": ("CREATE_TAG", "CREATE_TAG_IMPORT", "UPDATE_TAG", "DELETE_TAG"),
    "EXPENSE": (
        "CREATE_EXPENSE",
        "CREATE_EXPENSE_FOR_OTHER",
        "RESTORE_EXPENSE",
        "RESTORE_EXPENSE_FOR_OTHER",
        "UPDATE_EXPENSE",
        "UPDATE_EXPENSE_FOR_OTHER",
        "DELETE_EXPENSE",
        "DELETE_EXPENSE_FOR_OTHER",
    ),
}
ACTIONS = [action for actions in KINDS.values() for action in actions]
"""All documented actions: a request must name those that it wants."""

EVERYBODY = {"contains": "DOES_NOT_CONTAIN", "authorIds": []}


def audit_log(
    client: ClockifyClient, workspace: Workspace, context: RunContext, since: dt.datetime | None
) -> Iterator[list[dict[str, Any]]]:
    """Read the events of a workspace, page by page.

    Args:
        client: Makes the requests.
        workspace: The workspace.
        context: The run; the log is read until it began.
        since: From when on (UTC); None for the first run, which reads from ``start_date``, or else
            the lookback window.
    """
    start_day = context.settings.start_day(context.tz) or context.exact_from
    start = f"{start_day}T00:00:00Z" if since is None else timestamp(since, "seconds")
    window = {"start": start, "end": timestamp(context.began, "seconds")}
    path = workspace_path(workspace.id, "audit-log")

    def ask(number: int, size: int) -> Answer:
        page = {"page": number, "page-size": size}
        body = {"actions": ACTIONS, "authors": EVERYBODY, **window, **page}
        return client.post(path, body, host="audit_log")

    def events(answer: Answer) -> list[dict[str, Any]]:
        found = listed(answer.body, f"POST {path}")
        return [{**event, "id": event.get("id") or _id_of(event)} for event in found]

    # Clockify documents 0 as the lowest page and 1 as the default, so page 0 may be the first.
    try:
        first = events(ask(0, PAGE_SIZES[0]))
    except RequestError as error:
        if error.status != BAD_REQUEST:
            raise
    else:
        yield first
    yield from read_pages(ask, events, PAGE_SIZES)


def _id_of(event: dict[str, Any]) -> str:
    """Derive an id from an event, since Clockify sends none."""
    names = ("timestamp", "action", "userId", "content", "previousContent")
    text = "\n".join([str(event.get(name)) for name in names])
    return hashlib.sha256(text.encode()).hexdigest()[:24]
