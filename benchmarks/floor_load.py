"""The floor of a loader: keep the records of the input, compressed, and do nothing else.

Run as ``python -m benchmarks.floor_load``, with Singer messages as its input.
"""

from __future__ import annotations

import sys
import tempfile
import zlib

import msgspec

FLUSH_AT = 1 << 18
GZIP = 16 + zlib.MAX_WBITS


class Message(msgspec.Struct):
    """The part of a message that is kept."""

    record: msgspec.Raw = msgspec.Raw()


def main() -> None:
    """Read all messages, write all records."""
    decode = msgspec.json.Decoder(Message).decode
    compressor = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    buffer = bytearray()
    with tempfile.TemporaryFile() as file:
        for line in sys.stdin.buffer:
            if record := decode(line).record:
                buffer += record
                buffer += b"\n"
                if len(buffer) > FLUSH_AT:
                    file.write(compressor.compress(buffer))
                    buffer.clear()
        file.write(compressor.compress(buffer))
        file.write(compressor.flush())


if __name__ == "__main__":
    main()
