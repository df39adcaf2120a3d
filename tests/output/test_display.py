"""What a user sees of a run without a terminal: progress and summary lines in the log."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, agency, only_workspace, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message

DAY = dt.timedelta(days=1)
TELL_EVERY = 30
SUMMED_UP = re.compile(
    r"(?P<how>Complete|Not complete) in (?P<seconds>\d+\.\d) s: (?P<requests>[\d,]+) requests?,"
    r" (?P<retries>\d+) (retry|retries); sent (?P<rows>[\d,]+) rows? of (?P<streams>\d+) streams?,"
    r" (?P<removed>[\d,]+) of them gone from Clockify(\. Most rows: (?P<largest>.+))?\."
)
ROWS_OF = re.compile(r"(?P<stream>\w+): (?P<rows>[\d,]+) rows?\.")
PROGRESS = re.compile(
    r"Reading: (?P<streams>\d+) streams?, (?P<rows>[\d,]+) rows?"
    r"(, (?P<done>\d+) of (?P<planned>\d+) days)?,"
    r" (?P<requests>\d+) requests?(, (?P<left>\d+) left this hour)?"
    r"(, about (?P<seconds>\d+) s left)?\."
)
STREAMS = ("clients", "projects", "summary", "time_entries", "users")
TAP = "tap_clockify"


@dataclass(frozen=True)
class End:
    """The line that sums up a run."""

    how: str
    seconds: float
    requests: int
    retries: int
    removed: int
    rows: Counter[str]


def end_of(caplog: pytest.LogCaptureFixture) -> End:
    """Parse the line that sums up a run, and the lines for debugging that follow it."""
    said = caplog.messages
    (number,) = [at for at, text in enumerate(said) if SUMMED_UP.fullmatch(text)]
    line = SUMMED_UP.fullmatch(said[number])
    assert line is not None
    counts = [found for text in said[number + 1 :] if (found := ROWS_OF.fullmatch(text))]
    rows = Counter({found["stream"]: _number(found["rows"]) for found in counts})
    assert (_number(line["rows"]), int(line["streams"])) == (rows.total(), len(rows))
    largest = [f"{stream} {count:,}" for stream, count in rows.most_common(3)]
    assert len((line["largest"] or "").split(", ")) == max(1, len(largest))
    return End(
        line["how"],
        float(line["seconds"]),
        _number(line["requests"]),
        _number(line["retries"]),
        _number(line["removed"]),
        rows,
    )


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def sent(messages: list[Message]) -> Counter[str]:
    """Count the records by stream, without the audit, whose rows are not read."""
    counts = Counter(m["stream"] for m in messages if m["type"] == "RECORD")
    del counts["sync_runs"]
    return counts


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


# The line at the end


@pytest.mark.parametrize("select", [None, ("users",), ("summary",), STREAMS], ids=str)
def test_complete_run_is_summed_up(
    serve: Serve, caplog: pytest.LogCaptureFixture, select: tuple[str, ...] | None
) -> None:
    server = serve(agency(people=3, days=20))
    messages = run_tap(server, select=select)
    end = end_of(caplog)
    assert end.how == "Complete"
    assert (end.requests, end.retries) == (server.requests.total, 0)
    assert end.rows == sent(messages)


def test_run_that_finds_nothing_says_so(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=1, days=1, entries_per_day=0))
    run_tap(server, select=["sync_runs"])
    assert not end_of(caplog).rows
    assert "sent 0 rows of 0 streams" in caplog.text


def test_retries_are_counted(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=3, days=20))
    server.faults.add("5xx", match="/projects", times=2)
    server.faults.add("429", match="/reports/detailed", times=3)
    messages = run_tap(server)
    end = end_of(caplog)
    assert end.how == "Complete"
    assert (end.requests, end.retries) == (server.requests.total, 5)
    assert end.rows == sent(messages)


def test_rows_that_are_gone_are_counted(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=3, days=20))
    select = ("summary", "time_entries")
    store = UpsertStore().apply(run_tap(server, select=select))
    world, workspace = server.world, only_workspace(server.world)
    recent = [e for e in world[workspace].entries if e.end and e.start > NOW - 20 * DAY]
    for entry in recent[:3]:
        edits.delete_entry(world, workspace, entry.id)
    world.clock.advance(dt.timedelta(hours=1))
    caplog.clear()
    messages = run_tap(server, store.state, select=select)
    gone = [m for m in messages if m.get("record", {}).get("_sdc_deleted_at")]
    assert len(gone) >= 3
    end = end_of(caplog)
    assert end.rows == sent(messages)
    assert end.removed == len(gone)


def test_objects_that_are_gone_are_counted(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=3, days=20))
    store = UpsertStore().apply(run_tap(server, select=["clients"]))
    world, workspace = server.world, only_workspace(server.world)
    client = edits.add_client(world, workspace, "Short-lived")
    store.apply(run_tap(server, store.state, select=["clients"]))
    edits.archive_client(world, workspace, client.id)
    edits.delete_client(world, workspace, client.id)
    caplog.clear()
    messages = run_tap(server, store.state, select=["clients"])
    assert end_of(caplog).rows == sent(messages)


def test_failed_run_is_not_complete(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=3, days=20))
    server.faults.add("status", match="/reports/detailed", status=403, body="", times=None)
    messages: list[Message] = []
    with pytest.raises(Exception, match="failed with status 403"):
        run_tap(server, into=messages)
    end = end_of(caplog)
    assert end.how == "Not complete"
    assert end.rows == sent(messages)
    assert end.rows["clients"] > 0
    assert end.rows["summary"] == 0


def test_failed_run_counts_its_requests(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(agency(people=3, days=20))
    server.faults.add("5xx", match="/users", times=None)
    with pytest.raises(Exception, match="failed with status 503 after 7 tries"):
        run_tap(server, select=["users"], timezone="UTC")
    end = end_of(caplog)
    assert end.how == "Not complete"
    assert (end.requests, end.retries) == (server.requests.total, 6)
    assert not end.rows


@pytest.mark.parametrize("budget", [1, 4, 6])
def test_run_whose_budget_is_spent_is_not_complete(
    serve: Serve, caplog: pytest.LogCaptureFixture, budget: int
) -> None:
    server = serve(agency(people=3, days=20))
    messages = run_tap(server, requests_per_hour=budget, when_budget_spent="stop")
    end = end_of(caplog)
    assert end.how == "Not complete"
    assert (end.requests, end.retries) == (server.requests.total, 0)
    assert end.requests == budget
    assert end.rows == sent(messages)


# Progress lines


class Watch:
    """A clock for the tap alone, which only tests move."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.seconds = 1000.0

    def monotonic(self) -> float:
        """Return this time to the tap, and the real one to everyone else."""
        name = sys._getframe(1).f_globals.get("__name__", "")
        return self.seconds if name.partition(".")[0] == TAP else REAL_MONOTONIC()


REAL_MONOTONIC = time.monotonic


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Give the tap a clock that only moves when a test moves it."""
    watch = Watch()
    monkeypatch.setattr(time, "monotonic", watch.monotonic)
    return watch


class Timed(list[Any]):
    """A list of messages that calls back before each message is added."""

    def __init__(self, before: Callable[[Message], None]) -> None:
        """Start without messages."""
        super().__init__()
        self._before = before

    def append(self, message: Message) -> None:
        """Call back, then add the message."""
        self._before(message)
        super().append(message)


class ProgressLines(logging.Handler):
    """Keeps the progress lines, and what was true when each was logged."""

    def __init__(self, watch: Watch, messages: list[Message], server: Server) -> None:
        """Start without lines."""
        super().__init__(logging.INFO)
        self.logged: list[tuple[float, re.Match[str], int, int]] = []
        self._watch = watch
        self._messages = messages
        self._server = server

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a progress line."""
        line = PROGRESS.fullmatch(record.getMessage())
        if line:
            rows = sent(self._messages).total()
            self.logged.append((self._watch.seconds, line, rows, self._server.requests.total))


def run_watched(
    server: Server, watch: Watch, before: Callable[[Message], None], **config: Any
) -> ProgressLines:
    """Run the tap while a clock moves with its messages."""
    messages = Timed(before)
    lines = ProgressLines(watch, messages, server)
    root = logging.getLogger()
    root.addHandler(lines)
    try:
        run_tap(server, into=messages, timezone="UTC", **config)
    finally:
        root.removeHandler(lines)
    return lines


def is_record(message: Message, stream: str) -> bool:
    return bool(message["type"] == "RECORD" and message["stream"] == stream)


def test_lines_come_every_thirty_seconds(serve: Serve, watch: Watch) -> None:
    """Rows count as soon as their page has been written, here every 12.5 seconds."""
    server = serve(agency(people=400, days=1, entries_per_day=0), max_page_size=50)

    def quarter_of_a_second(message: Message) -> None:
        watch.seconds += is_record(message, "users") / 4

    began = watch.seconds
    logged = run_watched(server, watch, quarter_of_a_second, select=["users"]).logged
    assert [at - began for at, *_ in logged] == [37.5, 75]
    assert [(int(line["rows"]), rows) for _, line, rows, _ in logged] == [(150, 150), (300, 300)]


def test_short_run_has_no_lines_but_the_last(
    serve: Serve, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(agency(people=29, days=1, entries_per_day=0))

    def second(message: Message) -> None:
        watch.seconds += is_record(message, "users")

    assert run_watched(server, watch, second, select=["users"]).logged == []
    assert end_of(caplog).seconds == 29.0


def test_progress_line_counts_every_stream_that_has_begun(
    serve: Serve, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(agency(people=3, days=20))
    seen: list[Message] = []

    def wait_for_the_users(message: Message) -> None:
        # Everything else has been read by then.
        first = is_record(message, "users") and not any(is_record(m, "users") for m in seen)
        seen.append(message)
        watch.seconds += TELL_EVERY if first else 0

    logged = run_watched(
        server, watch, wait_for_the_users, lookback_days=20, requests_per_hour=50
    ).logged
    ((_, line, rows, requests),) = logged
    assert int(line["streams"]) == len(STREAMS)
    assert _number(line["rows"]) == rows > 0
    assert int(line["requests"]) == requests
    assert int(line["left"]) == 50 - requests
    assert (line["done"], line["planned"], line["seconds"]) == ("21", "21", "0")
    assert end_of(caplog).seconds == float(TELL_EVERY)


def test_days_and_time_left_are_logged_while_time_is_read(serve: Serve, watch: Watch) -> None:
    """Windows of a Free workspace span 31 days, and here there are 124 days to read."""
    server = serve(agency(plan="FREE", people=3, days=130))
    first = NOW.date() - dt.timedelta(days=123)
    windows = [(first + dt.timedelta(days=31 * number)).isoformat() for number in range(1, 4)]
    passed: set[str] = set()

    def minute(message: Message) -> None:
        """Let each window take a minute, from its first day's row on."""
        if is_record(message, "summary"):
            window = max([day for day in windows if day <= message["record"]["date"]], default="")
            if window not in passed:
                passed.add(window)
                watch.seconds += 60

    logged = run_watched(
        server,
        watch,
        minute,
        select=["summary"],
        start_date=first.isoformat(),
        lookback_days=200,
        requests_per_hour=100,
    ).logged
    assert [(line["done"], line["planned"], line["seconds"]) for _, line, *_ in logged] == [
        ("31", "124", "180"),
        ("62", "124", "120"),
        ("93", "124", "60"),
        ("124", "124", "0"),
    ]
    assert [int(line["rows"]) for _, line, *_ in logged] == [rows for _, _, rows, _ in logged]
