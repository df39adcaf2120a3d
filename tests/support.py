"""What the tests share: a world at a fixed time, the tap in-process, a target that upserts."""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import time_machine
from clockify_client.http.limits import RateLimits
from clockify_sandbox.api import Options
from clockify_sandbox.server import running
from clockify_sandbox.world import build_agency, build_empty
from typing_extensions import override

from tap_clockify.output.writer import Writer
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World

Message = dict[str, Any]
Row = dict[str, Any]

NOW = dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
"""Where the world clocks are frozen: soon after the start of summer time in America and Europe."""

SHORTEST_RETRY = 0.5
"""The shortest wait of a retry in seconds, unless Clockify says how long."""

MANY_WAITS = 200
"""More waits than this in one test mean that the tap waits for a time that never comes."""

SNAPSHOTS = Path(__file__).parent / "streams" / "snapshots"

KEYS: dict[str, list[str]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))["key_properties"]
    for file in sorted(SNAPSHOTS.glob("*.json"))
}
"""The streams and their keys, as they were when the catalog was last looked at."""

SELECTED = tuple(
    name
    for name in KEYS
    for item in json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8"))["metadata"]
    if not item["breadcrumb"] and item["metadata"]["selected"]
)
"""The streams that are selected by default."""

REPLACED = ("clients", "projects", "summary", "sync_runs", "time_entries", "users")
"""The streams with time, and those of the Cloud Functions that the project replaces."""


def agency(**story: Any) -> World:
    """Build a believable agency whose clock is frozen at NOW."""
    return build_agency(**{"people": 6, "days": 100, "entries_per_day": 2.0, "now": NOW, **story})


def empty(**story: Any) -> World:
    """Build a world with nothing but the key's owner, whose clock is frozen at NOW."""
    return build_empty(**{"now": NOW, "hourly_rate": 10_000, **story})


def serving(world: World, **options: Any) -> AbstractContextManager[Server]:
    """Serve a world; rate limits are enforced only if a test says so."""
    return running(world, Options(**{"enforce_rate_limits": False, **options}))


def only_workspace(world: World) -> str:
    """Name the first workspace of a world."""
    return next(iter(world.workspaces))


class Lines(io.RawIOBase):
    """Replaces stdout: keeps the tap's messages, as a target would read them."""

    def __init__(self, messages: list[Message]) -> None:
        """Write into a list."""
        super().__init__()
        self._messages = messages
        self._rest = b""

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any) -> int:
        *lines, self._rest = (self._rest + bytes(data)).split(b"\n")
        for line in lines:
            self.take(json.loads(line))
        return len(data)

    def take(self, message: Message) -> None:
        """Keep a message."""
        self._messages.append(message)


def writer_into(lines: Lines) -> Writer:
    """Make the tap's own writer, without buffering."""
    return Writer(cast("BinaryIO", lines), flush_at=1)


def config_for(server: Server, **config: Any) -> dict[str, Any]:
    """Return the settings for a stand-in; a setting given as None is omitted."""
    settings = {
        "api_key": server.world.api_key,
        "api_url": server.api_url,
        "reports_url": server.reports_url,
        "requests_per_second": 1000,
        **config,
    }
    return {name: value for name, value in settings.items() if value is not None}


def run_tap(
    server: Server,
    state: Mapping[str, Any] | None = None,
    select: Iterable[str] | None = None,
    *,
    catalog: dict[str, Any] | None = None,
    into: list[Message] | None = None,
    **config: Any,
) -> list[Message]:
    """Run the tap in-process at the time of the server's world; return its messages.

    Args:
        server: The stand-in to read from.
        state: The state of the run before.
        select: Streams to sync; by default ``REPLACED``, of which most tests know the requests.
        catalog: A catalog to use instead.
        into: Where to put the messages, for runs that fail.
        config: Settings, in addition to those for the server.
    """
    messages = [] if into is None else into
    if catalog is None:
        catalog = catalog_with(REPLACED if select is None else select)
    with time_machine.travel(server.world.now(), tick=True):
        tap = TapClockify(
            config=config_for(server, **config),
            state=dict(state or {}),
            catalog=catalog,
            message_writer=writer_into(Lines(messages)),
        )
        tap.sync_all()
    return messages


def discovered() -> dict[str, Any]:
    """Discover the catalog, which needs no server."""
    return dict(json.loads(_discovered()))


@functools.cache
def _discovered() -> str:
    return json.dumps(TapClockify(config={"api_key": "none"}).catalog_dict)


def catalog_with(streams: Iterable[str], without: Iterable[str] = ()) -> dict[str, Any]:
    """Return a catalog that selects some streams, without some columns ("stream.column")."""
    catalog = discovered()
    wanted, unwanted = set(streams), set(without)
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = name in wanted
            elif f"{name}.{item['breadcrumb'][-1]}" in unwanted:
                item["metadata"]["selected"] = False
    return catalog


def run_cli(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process, whose retries do not wait."""
    start = (
        "import support; support.isolate_process();"
        " from tap_clockify.tap import TapClockify; TapClockify.cli()"
    )
    return subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-c", start, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def records(messages: Iterable[Message], stream: str) -> list[Row]:
    """List a stream's records in the order in which they were sent."""
    return [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["stream"] == stream
    ]


class UpsertStore:
    """A target that merges rows by key, as target-bigquery does, and remembers the STATE."""

    def __init__(self) -> None:
        """Start without tables."""
        self.tables: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.schemas: dict[str, Message] = {}
        self.state: dict[str, Any] = {}

    def apply(self, messages: Iterable[Message]) -> UpsertStore:
        """Apply a run's messages."""
        for message in messages:
            match message["type"]:
                case "SCHEMA":
                    self._take_schema(message)
                case "RECORD":
                    self._merge(message["stream"], message["record"])
                case "STATE":
                    self.state = message["value"]
        return self

    def rows(self, stream: str, *, live: bool = False) -> list[Row]:
        """List a table's rows by key; only those that are not marked as deleted, if ``live``."""
        table = self.tables.get(stream, {})
        rows = [table[key] for key in sorted(table)]
        return [row for row in rows if not live or row["_sdc_deleted_at"] is None]

    def total(self, stream: str, column: str) -> float:
        """Sum up a column of the raw table, as an analyst would."""
        return float(sum(row[column] or 0 for row in self.rows(stream)))

    def _take_schema(self, message: Message) -> None:
        stream = message["stream"]
        known = self.schemas.setdefault(stream, message)
        assert message["schema"] == known["schema"], f"{stream}: columns of a table never change"
        assert message["key_properties"], f"{stream} has no key to merge by"
        self.tables.setdefault(stream, {})

    def _merge(self, stream: str, record: Row) -> None:
        assert stream in self.schemas, f"a record of {stream} came before its schema"
        columns = self.schemas[stream]["schema"]["properties"]
        unknown = record.keys() - columns.keys()
        assert not unknown, f"{stream} has no columns {unknown}"
        if "is_deleted" in columns:
            is_gone = record.get("_sdc_deleted_at") is not None
            assert record["is_deleted"] is is_gone, f"{stream} says two things: {record}"
        key = tuple(record.get(name) for name in self.schemas[stream]["key_properties"])
        assert None not in key, f"{stream}: null in key {key} would double the row at every run"
        self.tables[stream][key] = {**dict.fromkeys(columns), **record}


def isolate_process() -> None:
    """Let this process find no .env file, and its retries not wait."""
    from singer_sdk.configuration import _dict_config  # noqa: PLC0415

    _dict_config.find_dotenv = lambda: os.devnull  # type: ignore[assignment]
    RateLimits.wait = recording_waits([])  # type: ignore[method-assign]


def recording_waits(waits: list[float]) -> Callable[[RateLimits, float], None]:
    """Return a `wait` that only records the waits of retries; those of the pace are short."""

    def wait(_limits: RateLimits, seconds: float) -> None:
        if seconds < SHORTEST_RETRY:
            time.sleep(seconds)
        else:
            waits.append(seconds)
            assert len(waits) < MANY_WAITS, f"waits again and again: {waits[-5:]}"

    return wait


def differences(
    found: Iterable[Row], wanted: Iterable[Row], key: Iterable[str], *, tolerance: float = 1e-6
) -> list[str]:
    """Compare rows by key and describe the differences; only wanted columns are compared."""
    names = tuple(key)
    ours = {_key(row, names): row for row in found}
    theirs = {_key(row, names): row for row in wanted}
    said = [f"missing: {item}" for item in sorted(theirs.keys() - ours.keys())]
    said += [f"too many: {item}" for item in sorted(ours.keys() - theirs.keys())]
    for item in sorted(ours.keys() & theirs.keys()):
        said += [
            f"{item}, {column}: {ours[item].get(column)!r} instead of {value!r}"
            for column, value in theirs[item].items()
            if not _same(ours[item].get(column), value, tolerance)
        ]
    return said


def _key(row: Row, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)


def _same(found: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(wanted, float) and isinstance(found, (int, float)):
        return abs(found - wanted) <= tolerance
    if isinstance(wanted, dt.date) and isinstance(found, str):
        return found == wanted.isoformat()
    return bool(found == wanted)
