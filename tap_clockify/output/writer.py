"""Write Singer messages to stdout, fast. No other code of the tap writes messages.

Records are written in batches, all other messages at once. During a sync, the SDK's own STATE
messages are dropped: they come in the middle of a run, where they would be ahead of the data.
"""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.singerlib import RecordMessage, StateMessage
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter

FLUSH_AT = 1 << 16
"""Maximum bytes of records to buffer; all other messages are written at once."""

CHUNK = 1 << 12
"""Bytes to write at once. A signal waits for a chunk to be written, however slowly the target
reads, and for the end of its last line."""


class Writer(MsgSpecWriter):
    """Writes messages as lines of JSON."""

    def __init__(self, out: BinaryIO | None = None, *, flush_at: int = FLUSH_AT) -> None:
        """Start with an empty buffer.

        Args:
            out: Where to write; stdout by default.
            flush_at: Maximum bytes of records to buffer.
        """
        self._out = out
        self._flush_at = flush_at
        self._held = bytearray()
        self._is_sync = False
        self._ends: object = False

    def ends_when(self, interruption: object) -> None:
        """Write no more records once ``interruption`` is true.

        The records that are buffered then are dropped after the line that has been begun.
        """
        self._ends = interruption

    @override
    def write_message(self, message: Any) -> None:
        if not (self._is_sync and isinstance(message, StateMessage)):
            self._write(message)

    def begin_sync(self) -> None:
        """From now on, write only the STATE messages of ``write_state``."""
        self._is_sync = True

    def write_state(self, state: dict[str, Any]) -> None:
        """Write the state of the run."""
        self._write(StateMessage(value=state))

    def write_records(
        self, stream: str, records: Iterable[Record], version: int | None = None
    ) -> None:
        """Write records of one stream that were extracted together.

        Args:
            stream: The name under which the target knows the stream.
            records: The records, with exactly the columns of the stream's schema.
            version: The version of the table that they belong to, if it has versions.
        """
        message: dict[str, Any] = {"type": "RECORD", "stream": stream, "record": None}
        if version is not None:
            message["version"] = version
        held = self._held
        for record in records:
            message["record"] = record
            # One per record: a loader that finds a key twice keeps the later one.
            message["time_extracted"] = dt.datetime.now(dt.UTC)
            encoder.encode_into(message, held, -1)
            held += b"\n"
            if len(held) >= self._flush_at or self._ends:
                self.flush()

    def _write(self, message: Any) -> None:
        self.flush()
        self._put(self.format_message(message))

    def flush(self) -> None:
        """Write everything that is buffered.

        Raises:
            ClockifyError: An interruption ended the records; those that are left were dropped.
        """
        held = bytes(self._held)
        self._held.clear()
        end = 0
        while end < len(held) and not self._ends:
            begun, end = end, end + CHUNK
            self._put(held[begun:end])
        if end < len(held):
            line_end = held.index(b"\n", end - 1) + 1 if end else 0
            self._put(held[end:line_end])
            message = "The run was interrupted."
            raise ClockifyError(message)

    def end_records(self) -> None:
        """Write or drop what is buffered, since the run has failed."""
        with suppress(ClockifyError):
            self.flush()

    def _put(self, data: bytes | bytearray) -> None:
        out = sys.stdout.buffer if self._out is None else self._out
        out.write(data)
        out.flush()


class Relay(Writer):
    """Passes messages to the writer of a program that embeds the tap."""

    def __init__(self, to: GenericSingerWriter[Any, Any]) -> None:
        """Wrap the writer."""
        super().__init__()
        self._to = to

    @override
    def write_records(
        self, stream: str, records: Iterable[Record], version: int | None = None
    ) -> None:
        for record in records:
            now = dt.datetime.now(dt.UTC)
            self._to.write_message(
                RecordMessage(stream, record=record, version=version, time_extracted=now)
            )

    @override
    def _write(self, message: Any) -> None:
        self._to.write_message(message)

    @override
    def flush(self) -> None:
        """Do nothing: the other writer holds what it holds."""
