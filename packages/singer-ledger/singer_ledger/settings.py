"""The settings that every tap with ledgers has, and their checks."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th

from singer_ledger.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Mapping

REMOVALS: tuple[th.Property[Any], ...] = (
    th.Property(
        "max_removed_share",
        th.NumberType(minimum=0, maximum=1),
        default=0.3,
        description=(
            "Share of the rows of a table above which missing rows, if they are more than 50, fail"
            " the run and are not marked as deleted."
        ),
    ),
    th.Property(
        "allow_removals",
        th.BooleanType,
        default=False,
        description="Whether to mark rows as deleted however many are missing.",
    ),
    th.Property(
        "accept_changed_view",
        th.BooleanType,
        default=False,
        description=(
            "Whether to go on, for one run, with a token that sees less than that of earlier runs."
            " Rows that only the other could see are left as they are."
        ),
    ),
    th.Property("user_agent", th.StringType, description="User-Agent header of the requests."),
)


def safe_address(setting: str, given: str) -> str:
    """Return the address that a setting has, without a slash at the end.

    Raises:
        ExtractError: A token would not be safe on the way there.
    """
    try:
        url = urlsplit(given)
        host = url.hostname or ""
    except ValueError:
        url, host = urlsplit(""), ""
    is_safe = url.scheme == "https" or (url.scheme == "http" and _is_this_machine(host))
    if not is_safe or not host or url.username or url.query or url.fragment:
        raise ExtractError(
            f"{setting} must be an https:// address without a user or a query. Correct it, or leave"
            " it out."
        )
    return given.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def start_day(config: Mapping[str, Any]) -> dt.date | None:
    """Return the first day that is wanted; None if the setting is not set.

    Raises:
        ExtractError: It is not a date.
    """
    given = config.get("start_date")
    if not given:
        return None
    try:
        return dt.date.fromisoformat(str(given)[:10])
    except ValueError as error:
        raise ExtractError(f"start_date is {given!r}. Write it as 2026-01-31.") from error
