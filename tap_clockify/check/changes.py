"""Whether a run finds changes from before the lookback window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError

from tap_clockify.changes.feed import ChangeFeed, FeedUnavailableError
from tap_clockify.check.findings import Finding, answer_to, problem
from tap_clockify.reports.workspace import WorkspaceReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.streams.base import TimeStream

FEED = "Change feed"
HISTORY = "History check"


def check_feed(context: RunContext) -> Iterator[Finding]:
    """Yield whether the change feed of every workspace can be read; one request for each."""
    if context.settings.change_feed == "off":
        yield Finding("ok", FEED, "off, by the setting change_feed.")
        return
    tasks = [partial(answer_to, partial(_try_out, context, item)) for item in context.workspaces]
    answers = list(zip(context.workspaces, context.workers.in_order(tasks), strict=True))
    errors = [(item, answer) for item, answer in answers if isinstance(answer, ClockifyError)]
    if not errors:
        yield Finding("ok", FEED, "can be read.")
    for workspace, error in errors:
        where = f"cannot be read in workspace {workspace.id}: "
        if isinstance(error, FeedUnavailableError) and context.settings.change_feed == "auto":
            yield Finding("note", FEED, f"{where}{error} A run continues without it.")
        else:
            yield problem(FEED, error, where)


def _try_out(context: RunContext, workspace: Workspace) -> None:
    now = context.began
    feed = ChangeFeed(context.client, workspace.id, first_page=None, since=now, until=now, reads=())
    feed.try_out()


def check_history(context: RunContext, streams: Sequence[TimeStream]) -> Iterator[Finding]:
    """Yield whether and how often the history is checked; this takes no request.

    Args:
        context: The run.
        streams: The selected streams of time, whose state is loaded.
    """
    tables = [stream.table(context) for stream in streams]
    is_paced = False
    for workspace in context.workspaces:
        try:
            reader = WorkspaceReader(context, workspace, tables)
            reader.take_up()
        except ClockifyError as error:
            yield problem("State", error)
            return
        is_paced |= reader.history.is_paced
    if context.settings.history_check == "off":
        yield Finding("ok", HISTORY, "off, by the setting history_check.")
    elif is_paced:
        text = "on; it takes up to 14 days, since the requests of an hour are limited."
        yield Finding("ok", HISTORY, text)
    else:
        yield Finding("ok", HISTORY, "on, in every run.")
