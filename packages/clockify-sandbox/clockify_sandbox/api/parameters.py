"""Reads query parameters and cuts lists into pages, with Clockify's error messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clockify_sandbox.api import errors
from clockify_sandbox.api.call import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.datastructures import QueryParams

    from clockify_sandbox.api.options import Options

T = TypeVar("T")
DEFAULT_PAGE_SIZE = 50
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$")


def boolean(query: QueryParams, name: str) -> bool | None:
    """Read a boolean, or None when it is not sent."""
    value = query.get(name)
    if not value:
        return None
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise errors.bad_parameter(name, f"Invalid boolean value [{value}]")


def integer(query: QueryParams, name: str, default: int) -> int:
    """Read a whole number."""
    value = query.get(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise errors.bad_parameter(name, f'For input string: "{value}"') from error


def choice(query: QueryParams, name: str, choices: Sequence[str], default: str) -> str:
    """Read one of a closed set of words."""
    value = query.get(name)
    if not value:
        return default
    if value not in choices:
        raise errors.bad_parameter(name, f"No enum constant {value}")
    return value


def listed(query: QueryParams, name: str) -> list[str]:
    """Read a list, sent as a repeated parameter or with commas."""
    return [item for value in query.getlist(name) for item in value.split(",") if item]


def instant(value: str) -> datetime:
    """Read an instant; without an offset it is in UTC."""
    match = INSTANT.match(value)
    if match is None:
        raise errors.invalid(f"Text '{value}' could not be parsed")
    day, clock, fraction, offset = match.groups()
    micros = (fraction or ".0")[:7]
    offset = "+00:00" if offset in {None, "Z"} else offset
    return datetime.fromisoformat(f"{day}T{clock}{micros.ljust(7, '0')}{offset}").astimezone(UTC)


def as_wall_clock(value: datetime, zone: ZoneInfo) -> datetime:
    """Re-read the digits of an instant in UTC as a wall clock in a zone.

    In an hour that the clock shows twice, this is the earlier instant; in an hour that it skips,
    the later one, as in Java's `LocalDateTime.atZone`.
    """
    return value.astimezone(UTC).replace(tzinfo=zone, fold=0).astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """Find a time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise errors.invalid(f"Unknown time-zone ID: {name}") from error


def ordered(
    query: QueryParams,
    rows: Sequence[T],
    columns: dict[str, Callable[[T], Any]],
    default: str,
) -> list[T]:
    """Sort rows by `sort-column` and `sort-order`."""
    column = choice(query, "sort-column", tuple(columns), default)
    order = choice(query, "sort-order", ("ASCENDING", "DESCENDING"), "ASCENDING")
    return sorted(rows, key=columns[column], reverse=order == "DESCENDING")


def paged(
    call: Call,
    rows: Sequence[T],
    render: Callable[[T], object],
    *,
    default_size: int = DEFAULT_PAGE_SIZE,
    max_size: int | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Render the requested page; a page beyond the end is empty and counts as the last."""
    page = integer(call.query, "page", 1)
    size = integer(call.query, "page-size", default_size)
    check_page(page, size, max_size or call.options.max_page_size)
    shown = rows[(page - 1) * size : page * size]
    return Reply(
        [render(row) for row in shown],
        {**last_page(call.options, last=page * size >= len(rows)), **(headers or {})},
    )


def check_page(page: int, size: int, max_size: int) -> None:
    """Refuse an impossible page number or size."""
    if page < 1:
        message = "Page must be a positive value"
        raise errors.invalid(message)
    if size < 1:
        message = "Page size must be a positive value"
        raise errors.invalid(message)
    if size > max_size:
        message = f"Page size must be less than or equal to {max_size}"
        raise errors.invalid(message)


def last_page(options: Options, *, last: bool) -> dict[str, str]:
    """Say in a header whether this page is the last."""
    return {"Last-Page": "true" if last else "false"} if options.last_page_header else {}
