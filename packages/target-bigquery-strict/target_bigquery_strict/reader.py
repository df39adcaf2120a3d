"""Singer messages from the input: whole lines, decoded no further than needed."""

from __future__ import annotations

import io
import os
import select
import sys
from collections import Counter
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.process import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK_BYTES = 1 << 18
NOTHING = msgspec.Raw()


class Message(msgspec.Struct):
    """A Singer message; the parts that only some types have are empty in the others."""

    type: str
    stream: str = ""
    record: msgspec.Raw = NOTHING
    value: msgspec.Raw = NOTHING
    schema: dict[str, Any] | None = None
    key_properties: list[str] | None = None
    time_extracted: msgspec.Raw = NOTHING
    version: int | None = None
    encoding: dict[str, Any] | None = None
    manifest: list[str] | None = None


class IncompleteInputError(LoadError):
    """The input ended in the middle of a message: the tap was interrupted."""


class MessageReader(GenericSingerReader[bytes]):
    """Reads lines as bytes, until the input ends or a signal arrives."""

    def __init__(self) -> None:
        """Decode nothing yet."""
        super().__init__()
        self._decoder = msgspec.json.Decoder(Message)
        self.interruption = Interruption()
        self.line = 0
        """Number of the current line, from 1."""
        self.cut_short: IncompleteInputError | None = None
        """What to raise once the complete messages are loaded, if the last one is incomplete."""
        self._ends_without_newline = False

    @property
    @override
    def default_input(self) -> IO[bytes]:
        if sys.stdin is None:
            raise LoadError("There is no input: stdin is closed. Pipe a tap into the target.")
        return sys.stdin.buffer

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: Mapping[str, Callable[[Any], None]]
    ) -> Counter[str]:
        """Pass each message to the callback of its type, and count the types.

        Raises:
            LoadError: A line is no Singer message. If the last one is cut off, `cut_short` is set
                instead, so that what came before it can be loaded.
        """
        counts: Counter[str] = Counter()
        decode = self._decoder.decode
        for line in self._lines(file_input or self.default_input):
            self.line += 1
            try:
                message = decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if not line.strip():
                    continue
                self._refuse(error)
                break
            callback = callbacks.get(message.type)
            if callback is None:
                raise LoadError(
                    f"Line {self.line} of the input has a message of an unknown type. Singer's are"
                    f" {', '.join(callbacks)}."
                )
            callback(message)
            counts[message.type] += 1
        return counts

    def _refuse(self, error: Exception) -> None:
        if self._ends_without_newline and not isinstance(error, msgspec.ValidationError):
            self.cut_short = IncompleteInputError(
                f"The input ends in the middle of line {self.line}: the tap was interrupted. What"
                " it had sent before was loaded. Run it again."
            )
            return
        raise LoadError(
            f"Line {self.line} of the input is not a Singer message: {error}."
        ) from None

    def _lines(self, source: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines of the input."""
        source = getattr(source, "buffer", source)
        try:
            descriptor = source.fileno()
        except (OSError, AttributeError, io.UnsupportedOperation):
            yield from source  # in memory, as in tests
            return
        pieces: list[bytes] = []  # of a line whose end has not arrived
        while chunk := self._read(descriptor):
            head, *lines = chunk.split(b"\n")
            pieces.append(head)
            if lines:
                yield b"".join(pieces)
                pieces = [lines.pop()]
                yield from lines
        if any(pieces) and not self.interruption:
            self._ends_without_newline = True
            yield b"".join(pieces)

    def _read(self, descriptor: int) -> bytes:
        """Read what is there; nothing at the end of the input, and once a signal has arrived."""
        if self.interruption.wakes is not None:
            select.select([descriptor, self.interruption.wakes], [], [])
        if self.interruption:
            return b""
        try:
            return os.read(descriptor, CHUNK_BYTES)
        except OSError as error:
            raise LoadError(
                f"The input cannot be read: {error.strerror}. Pipe a tap into the target."
            ) from error

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        decoded: dict[str, Any] = msgspec.json.decode(line)
        return decoded
