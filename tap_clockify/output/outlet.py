"""Write one stream: its SCHEMA once, then its rows, selected and mapped as configured.

The SDK would check, convert and flush every record. This tap's records have exactly the columns and
types of their schemas by construction, which tests prove, so records that need no mapping are
written unchanged. The SDK's mapper applies stream maps, flattening and deselected columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.mapper import CustomStreamMap, RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage, SchemaMessage

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from singer_sdk import Stream
    from singer_sdk.helpers.types import Record
    from singer_sdk.mapper import StreamMap

    from tap_clockify.output.writer import Writer


class Outlet:
    """Writes the rows of one stream."""

    def __init__(
        self, stream: Stream, config: Mapping[str, Any], writer: Writer, began: dt.datetime
    ) -> None:
        """Prepare to write.

        Args:
            stream: The stream; it must be selected.
            config: The settings of the tap.
            writer: Writes to stdout.
            began: When the run began (UTC); the version of full-table streams is derived from it.

        Raises:
            ClockifyError: The catalog's schema of the stream lacks a key.
        """
        _check_keys(stream)
        self._stream = stream
        self._writer = writer
        self._maps = [
            item for item in stream.stream_maps if not isinstance(item, RemoveRecordTransform)
        ]
        self._is_open = False
        self._plain_name = _name_if_plain(stream, config)
        properties = stream.schema["properties"]
        self._deselected = {name for name in properties if not stream.mask["properties", name]}
        has_versions = stream.replication_method == "FULL_TABLE"
        is_versioned = has_versions and stream.emit_activate_version_messages
        self._version = int(began.timestamp()) if is_versioned else None

    def open(self) -> None:
        """Write the SCHEMA, unless it has already been written."""
        if self._is_open:
            return
        self._is_open = True
        bookmark_keys = [self._stream.replication_key] if self._stream.replication_key else None
        for stream_map in self._maps:
            self._writer.write_message(
                SchemaMessage(
                    stream_map.stream_alias,
                    stream_map.transformed_schema,
                    stream_map.transformed_key_properties,
                    bookmark_keys,
                )
            )
        if self._version is not None:
            for stream_map in self._maps:
                message = ActivateVersionMessage(stream_map.stream_alias, version=self._version)
                self._writer.write_message(message)

    def write(self, rows: list[Record]) -> None:
        """Write rows that were extracted together, after the SCHEMA."""
        self.open()
        if self._plain_name is not None:
            self._writer.write_records(self._plain_name, rows, self._version)
            return
        for row in rows:
            selected = {name: row[name] for name in row if name not in self._deselected}
            for stream_map in self._maps:
                mapped = self._mapped(stream_map, selected)
                if mapped is not None:
                    self._writer.write_records(stream_map.stream_alias, [mapped], self._version)

    def _mapped(self, stream_map: StreamMap, row: Record) -> Record | None:
        try:
            return stream_map.transform(row)
        except MapExpressionError as error:
            # The cause is named without its text, which could quote the row.
            kind = type(error.__cause__).__name__
            raise ClockifyError(
                f"stream_maps: the map of {self._stream.name} fails. {str(error).rstrip('.')}"
                f" ({kind}). Correct this setting."
            ) from error


def _check_keys(stream: Stream) -> None:
    """Refuse a catalog without a stream's keys: a loader could not merge the rows by them."""
    columns = stream.effective_schema["properties"]
    keys = dict.fromkeys([*stream.primary_keys, stream.replication_key])
    missing = [key for key in keys if key and key not in columns]
    if missing:
        raise ClockifyError(
            f"The catalog's schema of the stream {stream.name} lacks {', '.join(missing)}, by"
            " which a loader merges its rows. Create the catalog again with --discover."
        )


def _name_if_plain(stream: Stream, config: Mapping[str, Any]) -> str | None:
    """Return the name under which a stream's records are written unchanged; None if they change.

    Flattening, a stream map other than an alias, or a deselected column changes them.
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
