"""Tidy and check a configuration, as JSON schema cannot."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clockify_client import settings
from clockify_client.hosts import is_this_machine

from tap_clockify.dates import zones
from tap_clockify.settings.declaration import TAP

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_VARIABLE = "CLOCKIFY_API_KEY"

BOUNDS = {
    "lookback_days": (0, 36500),
    **settings.BOUNDS,
    "max_removed_share": (0, 1),
}
"""Smallest and largest values of the numeric settings."""


def tidied(config: Mapping[str, Any]) -> dict[str, Any]:
    """Normalize a configuration before it is validated.

    Environment variables cannot express a list: ``workspace_ids`` may be a comma-separated string.
    """
    tidy = settings.tidied(config, BOUNDS)
    workspaces = tidy.get("workspace_ids")
    if isinstance(workspaces, str):
        workspaces = workspaces.split(",")
    if isinstance(workspaces, list):
        named = [item.strip() if isinstance(item, str) else item for item in workspaces]
        tidy["workspace_ids"] = [item for item in named if item != ""]
        if not tidy["workspace_ids"]:
            del tidy["workspace_ids"]
    return tidy


def unused_key(config: Mapping[str, Any], variables: Mapping[str, str]) -> str | None:
    """Describe a key for the real Clockify that is set while the simulated one is read.

    Args:
        config: The configuration.
        variables: The variables of the process; our Meltano project takes the key from one of them.
    """
    key, url = variables.get(KEY_VARIABLE), config.get("api_url")
    is_used = key in {config.get("api_key"), config.get("addon_token")}
    if not key or is_used or not url or not is_this_machine(urlsplit(str(url)).hostname or ""):
        return None
    return (
        f"{KEY_VARIABLE} is set, but this run reads the simulated Clockify at {url}, with another"
        " key, as in Meltano's environment demo. For your own Clockify, add --environment=prod"
        " after meltano."
    )


def mistakes(config: Mapping[str, Any], now: dt.datetime) -> list[str]:
    """Describe every setting whose value cannot work, and say what to do."""
    return [
        *settings.secret_mistakes(config, TAP),
        *_calendar_mistakes(config, now),
        *settings.host_mistakes(config, TAP),
        *settings.number_mistakes(config, BOUNDS),
    ]


def _calendar_mistakes(config: Mapping[str, Any], now: dt.datetime) -> list[str]:
    found = []
    tz: dt.tzinfo = dt.UTC
    if "timezone" in config:
        try:
            tz = zones.zone(str(config["timezone"]))
        except ValueError as error:
            found.append(f"timezone: {error}.")
    if "start_date" in config:
        try:
            start = start_day(str(config["start_date"]), tz)
        except ValueError:
            found.append(
                f"start_date: {config['start_date']!r} is not a date; write it like 2026-01-31 or"
                " 2026-01-31T00:00:00Z."
            )
        else:
            if start > zones.local_day(now, tz):
                found.append(f"start_date: {start} is in the future; choose an earlier day.")
    return found


def start_day(value: str, tz: dt.tzinfo) -> dt.date:
    """Return the local day of ``start_date``; a value without an offset is local time in ``tz``.

    Raises:
        ValueError: The value is not a date.
    """
    return zones.local_day(zones.instant(value, tz), tz)
