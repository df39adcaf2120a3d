"""Write Singer messages to stdout at the speed of the encoder.

The SDK checks, converts and flushes every record by itself. Records of this tap have exactly the
columns and types of their schemas by construction, which tests prove, so a stream whose records go
out as they are hands them over in batches. Stream maps, flattening and deselected columns take the
SDK's own way.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.mapper import CustomStreamMap, SameRecordTransform
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk import Stream
    from singer_sdk.helpers.types import Record
    from singer_sdk.mapper import StreamMap

FLUSH_AT = 1 << 16
"""Bytes to hold back at most; every other message than a record goes out at once."""


class BatchWriter(MsgSpecWriter):
    """Writes messages as the SDK's msgspec writer does, and records in batches."""

    def __init__(self) -> None:
        """Hold nothing back yet."""
        self._held = bytearray()

    @override
    def write_message(self, message: Any) -> None:
        self.flush()
        super().write_message(message)

    def write_records(self, stream: str, records: Iterable[Record]) -> None:
        """Write records of one stream that were extracted together."""
        message: dict[str, Any] = {"type": "RECORD", "stream": stream}
        held = self._held
        for record in records:
            message["record"] = record
            # One for each record: a loader that finds a key twice keeps the later.
            message["time_extracted"] = dt.datetime.now(dt.UTC)
            encoder.encode_into(message, held, -1)
            held += b"\n"
            if len(held) >= FLUSH_AT:
                self.flush()

    def flush(self) -> None:
        """Let everything out that was held back."""
        if self._held:
            sys.stdout.buffer.write(self._held)
            self._held.clear()
        sys.stdout.flush()


def name_if_plain(stream: Stream, config: Mapping[str, Any]) -> str | None:
    """Tell under which name a stream's records go out as they are; None if anything changes them.

    Flattening, a stream map other than an alias, or a deselected column would.
    """
    maps = stream.stream_maps
    if config.get("flattening_enabled") or len(maps) != 1 or not all(stream.mask.values()):
        return None
    return maps[0].stream_alias if _is_plain(maps[0], config, stream.name) else None


def _is_plain(stream_map: StreamMap, config: Mapping[str, Any], stream: str) -> bool:
    if isinstance(stream_map, SameRecordTransform):
        return True
    mapped = (config.get("stream_maps") or {}).get(stream)
    is_alias = isinstance(mapped, dict) and set(mapped) == {"__alias__"}
    return isinstance(stream_map, CustomStreamMap) and is_alias
