"""Tidy and check a configuration, as JSON schema cannot."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from clockify_client.hosts import url_mistake

from tap_clockify.dates import zones

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = re.compile(r"[\x21-\x7e]+")
SUBDOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")


def tidied(config: Mapping[str, Any]) -> dict[str, Any]:
    """Normalize a configuration before it is validated.

    Environment variables cannot express a missing value or a list: an empty string counts as
    missing, and ``workspace_ids`` may be a comma-separated string.
    """
    tidy: dict[str, Any] = {}
    for name, value in config.items():
        kept = value.strip() if isinstance(value, str) else value
        if kept not in ("", None):
            tidy[name] = kept
    for name in BOUNDS:
        if isinstance(tidy.get(name), str):
            tidy[name] = _number(tidy[name])
    workspaces = tidy.get("workspace_ids")
    if isinstance(workspaces, str):
        workspaces = workspaces.split(",")
    if isinstance(workspaces, list):
        named = [item.strip() if isinstance(item, str) else item for item in workspaces]
        tidy["workspace_ids"] = [item for item in named if item != ""]
        if not tidy["workspace_ids"]:
            del tidy["workspace_ids"]
    return tidy


def _number(text: str) -> int | float | str:
    """Parse a number in an environment variable; validation rejects any other text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def mistakes(config: Mapping[str, Any], now: dt.datetime) -> list[str]:
    """Describe every setting whose value cannot work, and say what to do."""
    return [
        *_secret_mistakes(config),
        *_calendar_mistakes(config, now),
        *_host_mistakes(config),
        *_number_mistakes(config),
    ]


def _secret_mistakes(config: Mapping[str, Any]) -> list[str]:
    given = [name for name in ("api_key", "addon_token") if config.get(name)]
    if not given:
        return [
            "api_key is missing: set TAP_CLOCKIFY_API_KEY (or the setting api_key) to a key from"
            " Preferences > Advanced in Clockify, or set addon_token."
        ]
    if len(given) > 1:
        return ["api_key and addon_token are both set, but Clockify accepts only one: remove one."]
    if not SECRET.fullmatch(str(config[given[0]])):
        return [f"{given[0]} contains spaces or other characters that no key has: copy it again."]
    return []


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


def _host_mistakes(config: Mapping[str, Any]) -> list[str]:
    found = []
    subdomain = config.get("subdomain")
    if subdomain and not SUBDOMAIN.fullmatch(str(subdomain)):
        found.append(
            f"subdomain: {subdomain!r} is not a subdomain; for https://acme.clockify.me it is acme."
        )
    for name in ("api_url", "reports_url", "audit_log_url"):
        mistake = url_mistake(str(config[name])) if config.get(name) else None
        if mistake:
            found.append(f"{name}: {mistake}")
    return found


BOUNDS = {
    "lookback_days": (0, 36500),
    "requests_per_second": (0.001, 1000),
    "requests_per_hour": (1, 1_000_000),
    "concurrency": (1, 64),
    "max_removed_share": (0, 1),
}
"""Smallest and largest values of the numeric settings."""


def _number_mistakes(config: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {config[name]} is not between {least} and {greatest}."
        for name, (least, greatest) in BOUNDS.items()
        if isinstance(config.get(name), (int, float)) and not least <= config[name] <= greatest
    ]


def start_day(value: str, tz: dt.tzinfo) -> dt.date:
    """Return the local day of ``start_date``; a value without an offset is local time in ``tz``.

    Raises:
        ValueError: The value is not a date.
    """
    return zones.local_day(zones.instant(value, tz), tz)
