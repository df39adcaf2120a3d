"""Rows on their way to BigQuery: checked, numbered, and compressed into a file without a name."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

import msgspec
from isal import isal_zlib

from target_bigquery_strict.columns import ROW
from target_bigquery_strict.errors import LoadError, UnfitRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

FLUSH_AT = 1 << 18
"""Bytes that are compressed at once."""
_GZIP = 16 + isal_zlib.MAX_WBITS
_LEVEL = 1
_HEAD = b'{"%s":%%d' % ROW.encode()


def checker(
    stream: str, columns: Sequence[str], keys: Sequence[str]
) -> Callable[[msgspec.Raw | bytes], None]:
    """Return a function that refuses a record with a column or a key that BigQuery could not take.

    Its decoder knows the columns, so that it need not build a dictionary of each record.
    """
    required = [(f"key_{index}", str | int | float | bool) for index in range(len(keys))]
    others = [name for name in columns if name not in keys]
    names = [*keys, *others]
    optional: list[tuple[str, Any, Any]] = [
        (f"column_{index}", Any, None) for index in range(len(others))
    ]
    fields = [str(field[0]) for field in (*required, *optional)]
    record: type[msgspec.Struct] = msgspec.defstruct(
        "Record",
        [*required, *optional],
        rename=dict(zip(fields, names, strict=True)),
        forbid_unknown_fields=True,
    )
    decode = msgspec.json.Decoder(record).decode

    def check(raw: msgspec.Raw | bytes) -> None:
        try:
            decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnfitRecordError(
                f"A record of stream '{stream}' does not fit its SCHEMA: {_reason(error, keys)}."
                " Nothing of the batch was loaded. Report it to the maintainers of the tap."
            ) from None

    return check


def _reason(error: Exception, keys: Sequence[str]) -> str:
    text = str(error)
    for key in keys:
        if text.endswith(f"`$.{key}`") or f"required field `{key}`" in text:
            return f"its key '{key}' is missing, null, a list or an object"
    return text[:1].lower() + text[1:]


class Batch:
    """The rows of a stream since its last load, numbered from `first`.

    The file has no name, so that nothing of it is left when the process ends, however it does.
    """

    def __init__(self, first: int = 1, metadata: Collection[str] = ()) -> None:
        """Begin an empty batch, whose rows get the named metadata columns.

        Raises:
            LoadError: The folder for temporary files cannot be written to.
        """
        self.began = dt.datetime.now(dt.UTC)
        self.rows = 0
        self.bytes = 0
        """Bytes of the rows, before they are compressed."""
        self.compressed = 0
        """Bytes in the file so far."""
        self._first = first
        self._with_extracted = "_sdc_extracted_at" in metadata
        self._with_version = "_sdc_table_version" in metadata
        self._buffer = bytearray()
        self._compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`
        except OSError as error:
            raise _full(error) from error

    def add(
        self,
        record: msgspec.Raw | bytes,
        extracted: msgspec.Raw | None = None,
        version: int | None = None,
    ) -> None:
        """Append a record, an object in JSON, with its metadata."""
        buffer = self._buffer
        buffer += _HEAD % (self._first + self.rows)
        if extracted and self._with_extracted:
            buffer += b',"_sdc_extracted_at":'
            buffer += extracted
        if version is not None and self._with_version:
            buffer += b',"_sdc_table_version":%d' % version
        rest = memoryview(record)[1:]
        if bytes(rest[:1]) != b"}":
            buffer += b","
        buffer += rest
        buffer += b"\n"
        self.rows += 1
        if len(buffer) > FLUSH_AT:
            self._flush()

    def add_lines(self, lines: IO[bytes]) -> int:
        """Append the records of a file, one a line, without parsing them; return their number."""
        before = self.rows
        for line in lines:
            if record := line.strip():
                self.add(record)
        return self.rows - before

    @property
    def next(self) -> int:
        """The number of the next row."""
        return self._first + self.rows

    def file(self) -> IO[bytes]:
        """End the batch and return its compressed file."""
        self._flush()
        self._write(self._compressor.flush())
        self._write(b"", last=True)
        return self._file

    def row(self, number: int) -> dict[str, Any]:
        """Return a row of the ended file, from 1; empty if there is none."""
        self._file.seek(0)
        with gzip.GzipFile(fileobj=self._file) as lines:
            for found, line in enumerate(lines, 1):
                if found == number:
                    with suppress(msgspec.DecodeError, UnicodeDecodeError):
                        decoded: dict[str, Any] = msgspec.json.decode(line)
                        return decoded
        return {}

    def row_at(self, offset: int) -> int:
        """Return the number of the row at a position in the uncompressed file."""
        self._file.seek(0)
        end = 0
        with gzip.GzipFile(fileobj=self._file) as lines:
            for found, line in enumerate(lines, 1):
                end += len(line)
                if offset < end:
                    return found
        return 0

    def close(self) -> None:
        """Delete the file."""
        with suppress(OSError):  # what could not be written any more
            self._file.close()

    def _flush(self) -> None:
        self.bytes += len(self._buffer)
        self._write(self._compressor.compress(self._buffer))
        self._buffer.clear()

    def _write(self, data: bytes, *, last: bool = False) -> None:
        self.compressed += len(data)
        try:
            self._file.write(data)
            if last:
                self._file.flush()
        except OSError as error:
            raise _full(error) from error


def _full(error: OSError) -> LoadError:
    remedy = "Free some space, or name another folder with TMPDIR."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        remedy = "Allow more open files (ulimit -n), or select fewer streams."
    return LoadError(
        f"The rows cannot be kept in {tempfile.tempdir or 'a folder for temporary files'} until"
        f" they are loaded: {error.strerror}. {remedy} Run it again: nothing is lost."
    )
