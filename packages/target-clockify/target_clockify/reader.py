"""Read Singer messages; a line that is none ends the run, and is never quoted."""

from __future__ import annotations

from typing import Any

import msgspec
from singer_sdk.singerlib.encoding.simple import SimpleSingerReader
from typing_extensions import override

from target_clockify.errors import UnfitInputError

NEEDED_KEYS = {
    "SCHEMA": {"stream", "schema"},
    "RECORD": {"stream", "record"},
    "STATE": {"value"},
    "ACTIVATE_VERSION": {"stream"},
    "BATCH": {"stream"},
}


class MessageReader(SimpleSingerReader):
    """Parses lines of the input."""

    def __init__(self) -> None:
        """Start before the first line."""
        super().__init__()
        self._line = 0

    @override
    def deserialize_json(self, line: str) -> dict[str, Any]:
        """Parse a line.

        Raises:
            UnfitInputError: It is no Singer message.
        """
        self._line += 1
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError):
            message = None
        if not isinstance(message, dict) or not _is_message(message):
            raise UnfitInputError(
                f"Line {self._line} of the input is no Singer message, or only a part of one, so"
                " nothing was written. Check that the tap writes nothing else to stdout, and run it"
                " again."
            )
        return message


def _is_message(message: dict[str, Any]) -> bool:
    kind = message.get("type")
    if not isinstance(kind, str) or not NEEDED_KEYS.get(kind, {"?"}) <= message.keys():
        return False
    if kind == "RECORD":
        return isinstance(message["record"], dict)
    if kind == "SCHEMA":
        schema = message["schema"]
        return isinstance(schema, dict) and isinstance(schema.get("properties"), dict)
    return True
