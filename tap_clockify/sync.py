"""One run from start to finish: live rows, tombstones, the audit, one STATE."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError
from clockify_client.http.limits import BudgetSpentError

from tap_clockify.context import note_spent_requests
from tap_clockify.lists.reader import FIRST_PAGES
from tap_clockify.output.display import counted
from tap_clockify.output.outlet import Outlet
from tap_clockify.reports.workspaces import TimeReader
from tap_clockify.streams.base import ListStream, TimeStream, list_sources, time_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_clockify.context import Run, RunContext
    from tap_clockify.output.writer import Writer
    from tap_clockify.streams.base import ClockifyStream
    from tap_clockify.streams.source import Source

INTERIM_AFTER = dt.timedelta(minutes=3)
"""A run longer than this writes an extra STATE before its last: see ``_write_last_state``."""


def sync(
    run: Run,
    open_context: Callable[[], RunContext],
    streams: Sequence[ClockifyStream],
    writer: Writer,
) -> None:
    """Sync streams, and write the run's STATE message.

    Args:
        run: The run.
        open_context: Makes the first requests.
        streams: The selected streams, in the order in which they are written.
        writer: Writes to stdout.

    Raises:
        ClockifyError: The run failed, or a part of it did while the others were finished.
    """
    writer.begin_sync()
    context: RunContext | None = None
    try:
        context = open_context()
        _log_what_is_read(context, streams)
        _write_streams(context, streams, writer)
    except BudgetSpentError as error:
        # Not even the workspaces could be listed.
        run.notices.budget_spent(error)
    except BaseException:
        run.client.session.stop()
        note_spent_requests(run)
        # Write before the threads end: an orchestrator may kill the tap while a response hangs.
        writer.end_records()
        writer.write_state(run.state.after_failure())
        _end(run, context, is_complete=False)
        raise
    run.notices.report_unknown_fields(run.settings.unknown_fields)
    _end(run, context, is_complete=not (run.notices.is_budget_spent or run.notices.failures))
    note_spent_requests(run)
    _write_last_state(run, writer)
    failures = run.notices.failures
    if failures:
        raise failures[0] if len(failures) == 1 else ClockifyError(" ".join(map(str, failures)))


def sources_of(streams: Sequence[ClockifyStream], context: RunContext) -> list[Source]:
    """Build the sources: one for every list, one for all streams of time, one for every other.

    Each is in the place of its first stream.
    """
    lists = [stream for stream in streams if isinstance(stream, ListStream)]
    time_streams = [stream for stream in streams if isinstance(stream, TimeStream)]
    readers = list_sources(lists, context, ahead=_ahead(lists))
    sources: list[Source] = []
    for stream in streams:
        if isinstance(stream, ListStream):
            sources += readers.pop(stream.listing.per, ())
            sources += readers.pop(stream.listing, ())
        elif not isinstance(stream, TimeStream):
            sources.append(stream.source(context))
        elif stream is time_streams[0]:
            sources.append(time_source(time_streams, context))
    return sources


def _ahead(lists: Sequence[ListStream]) -> int:
    """Return in how many workspaces to request the first pages of the lists at once."""
    return max(1, FIRST_PAGES // max(1, len({stream.listing for stream in lists})))


def _write_streams(context: RunContext, streams: Sequence[ClockifyStream], writer: Writer) -> None:
    if any(stream.get_batch_config(stream.config) for stream in streams):
        for stream in streams:
            stream.sync()  # The SDK writes BATCH messages.
        return
    outlets = {
        stream.name: Outlet(stream, stream.config, writer, context.began) for stream in streams
    }
    sources = sources_of(streams, context)
    # Time comes last: loading its state takes a moment, and the lists arrive meanwhile.
    for source in sorted(sources, key=lambda source: isinstance(source, TimeReader)):
        source.begin()
    by_name = {stream.name: stream for stream in streams}
    for source in sources:
        _write_source(context, source, {name: by_name[name] for name in source.tables}, outlets)


def _write_source(
    context: RunContext,
    source: Source,
    streams: Mapping[str, ClockifyStream],
    outlets: Mapping[str, Outlet],
) -> None:
    """Write the live rows of a source, then its tombstones, and count them in the metrics."""
    with ExitStack() as stack:
        counters = {}
        for name, stream in streams.items():
            mode = stream.replication_method.lower()
            stream.logger.debug("Beginning sync of '%s' in %s mode", name, mode)
            stack.enter_context(stream.get_sync_timer())
            counters[name] = stack.enter_context(stream.get_record_counter())
        for name in source.tables:
            outlets[name].open()
        # A missing row proves nothing until everything has been read.
        for batches in (source.live, source.gone):
            for name, rows in batches():
                outlets[name].write(rows)
                counters[name].increment(len(rows))
                if source.is_shown:
                    context.display.rows(name, len(rows))


def _log_what_is_read(context: RunContext, streams: Sequence[ClockifyStream]) -> None:
    context.logger.info(
        "Reading %s of %s; the lookback window begins on %s; days in %s.",
        counted(len(streams), "stream"),
        counted(len(context.workspaces), "workspace"),
        context.exact_from,
        context.timezone,
    )


def _end(run: Run, context: RunContext | None, *, is_complete: bool) -> None:
    """Wait for the threads to end, close the connections, and log the summary of the run.

    Args:
        run: The run.
        context: The same run, if its first requests succeeded.
        is_complete: Whether everything was read.
    """
    run.workers.stop()
    run.client.session.close()
    audit = context.audit if context else None
    run.display.finish(
        is_complete=is_complete,
        removed=audit.removed if audit else 0,
        proof=audit.proof() if audit else None,
    )


def _write_last_state(run: Run, writer: Writer) -> None:
    """Write the state of a run that finished, as the run's last message.

    If its last STATE is older than five minutes, target-bigquery prints a new one at once, before
    it merges. A long run therefore first writes the state that a failed run would leave: that one
    is safe to print, and it restarts the five minutes.
    """
    if dt.datetime.now(dt.UTC) - run.began > INTERIM_AFTER:
        writer.write_state(run.state.after_failure())
    writer.write_state(run.state.after_success())
