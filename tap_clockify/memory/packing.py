"""Pack what the tap remembers into short strings for the Singer state. Pure functions.

A packed string is zlib-compressed bytes in base 85, whose alphabet needs no escaping in JSON.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import re
import sys
import zlib
from array import array
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OBJECT_ID = re.compile(r"[0-9a-f]{24}")
OBJECT_ID_BYTES = 12
EFFORT = 6
"""The zlib level: 9 would make a state 2% shorter, but take five times as long."""

DAYS = range(1, dt.date.max.toordinal() + 1)
"""Days as ordinals."""

DAMAGED = "not a packed value"


def pack(value: object) -> str:
    """Pack a value made of dicts, lists, strings, numbers and bytes."""
    return base64.b85encode(zlib.compress(msgspec.msgpack.encode(value), EFFORT)).decode("ascii")


def unpack(text: str) -> object:
    """Undo ``pack``.

    Raises:
        ValueError: The text is not a packed value.
    """
    try:
        return msgspec.msgpack.decode(zlib.decompress(base64.b85decode(text)))
    except (ValueError, zlib.error, msgspec.DecodeError) as error:
        raise ValueError(DAMAGED) from error


def pack_rows(rows_by_day: Mapping[int, Iterable[tuple[str, ...]]], width: int) -> str:
    """Pack tuples of ``width`` ids by day: a list of the ids, and columns of indexes into it."""
    days = sorted(rows_by_day)
    rows = [row for day in days for row in sorted(rows_by_day[day])]
    ids = sorted({item for row in rows for item in row})
    number_of = {item: number for number, item in enumerate(ids)}
    columns = [column(number_of[row[position]] for row in rows) for position in range(width)]
    counts = [len(set(rows_by_day[day])) for day in days]
    return pack([_delta(days), counts, _pack_ids(ids), columns])


def unpack_rows(text: str, width: int) -> dict[int, set[tuple[str, ...]]]:
    """Undo ``pack_rows``; errors as in ``unpack``."""
    deltas, counts, packed_ids, packed_columns = list_of(unpack(text), 4)
    ids = _unpack_ids(packed_ids)
    columns = [numbers(column) for column in packed_columns]
    rows = list(zip(*([ids[number] for number in column] for column in columns), strict=True))
    ends = list(itertools.accumulate(counts, initial=0))
    if len(columns) != width or ends[-1] != len(rows) or ends != sorted(ends):
        raise ValueError(DAMAGED)
    return {
        day: set(rows[begin:end])
        for day, (begin, end) in zip(_undelta(deltas), itertools.pairwise(ends), strict=True)
    }


def pack_ids(ids_by_day: Mapping[int, Iterable[str]]) -> str:
    """Pack ids by day; an id of 24 hexadecimal digits takes 12 bytes."""
    days = sorted(ids_by_day)
    groups = [sorted(ids_by_day[day]) for day in days]
    return pack([_delta(days), [len(group) for group in groups], [_pack_ids(g) for g in groups]])


def unpack_ids(text: str) -> dict[int, set[str]]:
    """Undo ``pack_ids``; errors as in ``unpack``."""
    deltas, _, groups = list_of(unpack(text), 3)
    return {
        day: set(_unpack_ids(group)) for day, group in zip(_undelta(deltas), groups, strict=True)
    }


def pack_hashes(hash_by_day: Mapping[int, bytes], width: int) -> str:
    """Pack hashes of ``width`` bytes by day; an empty one is stored as zeros."""
    days = sorted(hash_by_day)
    joined = b"".join(hash_by_day[day].ljust(width, b"\0") for day in days)
    return pack([_delta(days), joined])


def unpack_hashes(text: str, width: int) -> dict[int, bytes]:
    """Undo ``pack_hashes``; errors as in ``unpack``."""
    deltas, joined = list_of(unpack(text), 2)
    if not isinstance(joined, bytes) or len(joined) != width * len(deltas):
        raise ValueError(DAMAGED)
    hashes = [joined[at : at + width] for at in range(0, len(joined), width)]
    return {
        day: found if any(found) else b""
        for day, found in zip(_undelta(deltas), hashes, strict=True)
    }


def _pack_ids(ids: list[str]) -> list[object]:
    """Store hexadecimal ids as bytes, by byte position, so that they compress well."""
    short = [bytes.fromhex(item) for item in ids if OBJECT_ID.fullmatch(item)]
    others = [item for item in ids if not OBJECT_ID.fullmatch(item)]
    joined = b"".join(short)
    columns = b"".join(joined[position::OBJECT_ID_BYTES] for position in range(OBJECT_ID_BYTES))
    return [columns, others]


def _unpack_ids(packed: object) -> list[str]:
    columns, others = list_of(packed, 2)
    count = len(columns) // OBJECT_ID_BYTES
    if (
        not isinstance(columns, bytes)
        or len(columns) != count * OBJECT_ID_BYTES
        or not isinstance(others, list)
        or not all(isinstance(item, str) for item in others)
    ):
        raise ValueError(DAMAGED)
    ids = [columns[position::count].hex() for position in range(count)]
    return sorted([*ids, *others])


def column(values: Iterable[int]) -> list[object]:
    """Store numbers that are not negative in as few bytes as they need."""
    values = list(values)
    kind = "H" if max(values, default=0) < 1 << 16 else "I"
    return [kind, _little(array(kind, values))]


def numbers(packed: object) -> array[int]:
    """Undo ``column``; errors as in ``unpack``."""
    kind, data = list_of(packed, 2)
    return _from_little(data, kind)


def _little(values: array[int]) -> bytes:
    """Return the bytes of an array in little-endian order on any machine."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _from_little(data: bytes, kind: str) -> array[int]:
    values = array(kind, data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _delta(days: list[int]) -> list[int]:
    return [day - before for before, day in zip([0, *days], days, strict=False)]


def _undelta(deltas: Iterable[int]) -> list[int]:
    days = list(itertools.accumulate(deltas))
    if not all(day in DAYS for day in days):
        raise ValueError(DAMAGED)
    return days


def list_of(value: object, length: int) -> list:  # type: ignore[type-arg]
    """Return an unpacked list of a known length; errors as in ``unpack``."""
    if not isinstance(value, list) or len(value) != length:
        raise ValueError(DAMAGED)
    return value
