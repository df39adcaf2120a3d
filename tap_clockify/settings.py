"""The tap's settings: their declaration, and the checks that JSON schema cannot express."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_clockify.clockify.hosts import REGIONS, Hosts, hosts_for, url_mistake
from tap_clockify.dates import zones

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOKBACK_DAYS = 84
REQUESTS_PER_SECOND = 50
CONCURRENCY = 16

SETTINGS = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        secret=True,
        title="API key",
        description=(
            "Personal API key, from Preferences > Advanced in Clockify. Sent as X-Api-Key. Exactly"
            " one of api_key and addon_token is required. The key's owner should be an owner or"
            " admin of the workspaces."
        ),
    ),
    th.Property(
        "addon_token",
        th.StringType,
        secret=True,
        title="Add-on token",
        description="Token of a Clockify add-on, instead of api_key. Sent as X-Addon-Token.",
    ),
    th.Property(
        "workspace_ids",
        th.ArrayType(th.StringType),
        title="Workspaces",
        description="Ids of the workspaces to extract. Default: all that the key can see.",
    ),
    th.Property(
        "region",
        th.StringType,
        default="global",
        allowed_values=list(REGIONS),
        title="Data region",
        description="Data region of the workspaces; determines both hosts.",
    ),
    th.Property(
        "subdomain",
        th.StringType,
        title="Subdomain",
        description=(
            "Subdomain of the workspace, without .clockify.me; determines the host of the reports."
            " Such a workspace needs a key created on the subdomain."
        ),
    ),
    th.Property(
        "api_url",
        th.StringType,
        title="API URL",
        description="Base URL of the core API. Default: derived from region.",
    ),
    th.Property(
        "reports_url",
        th.StringType,
        title="Reports URL",
        description=(
            "Base URL of the reports API. Default: derived from subdomain, api_url or region."
        ),
    ),
    th.Property(
        "timezone",
        th.StringType,
        title="Time zone",
        description=(
            "IANA name of the time zone that determines the column `date` and the days that the"
            " reports cover. Default: the time zone of the key's owner."
        ),
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description=(
            "Earliest day to extract on the first run. Default: lookback_days before today."
            " If you later move it to an earlier day, the next run reads everything again from"
            " that day."
        ),
    ),
    th.Property(
        "lookback_days",
        th.IntegerType,
        default=LOOKBACK_DAYS,
        title="Lookback window",
        description=(
            "Days before the bookmark that every run reads again, since people edit old entries."
        ),
    ),
    th.Property(
        "requests_per_second",
        th.NumberType,
        default=REQUESTS_PER_SECOND,
        title="Requests per second",
        description="Maximum requests per second, shared by all streams and workspaces.",
    ),
    th.Property(
        "requests_per_hour",
        th.IntegerType,
        title="Requests per hour",
        description="Maximum requests per hour. Default: 30 on the Free plan, otherwise no limit.",
    ),
    th.Property(
        "when_budget_spent",
        th.StringType,
        default="wait",
        allowed_values=["wait", "stop"],
        title="When the budget is spent",
        description=(
            "What to do when the requests of an hour are used up: wait for the next hour, or stop,"
            " so that the next run continues from there."
        ),
    ),
    th.Property(
        "concurrency",
        th.IntegerType,
        default=CONCURRENCY,
        title="Concurrency",
        description="Maximum number of concurrent requests, within the limits above.",
    ),
    th.Property(
        "verify_totals",
        th.StringType,
        default="warn",
        allowed_values=["warn", "fail", "off"],
        title="Verify totals",
        description=(
            "Compare the totals of every day and person with Clockify's own summary report, and"
            " warn or fail if they still differ after a second reading."
        ),
    ),
    th.Property(
        "change_feed",
        th.StringType,
        default="auto",
        allowed_values=["auto", "on", "off"],
        title="Change feed",
        description=(
            "Find edits of entries from before the lookback window through Clockify's change feed,"
            " which is experimental: auto uses it if it is available, on fails if it is not, off"
            " never reads it."
        ),
    ),
    th.Property(
        "history_check",
        th.StringType,
        default="auto",
        allowed_values=["auto", "off"],
        title="History check",
        description=(
            "Find changes of entries from before the lookback window through Clockify's own totals:"
            " in every run, or within 14 days if the plan limits the requests of an hour."
        ),
    ),
    th.Property(
        "max_removed_share",
        th.NumberType,
        default=0.3,
        title="Maximum removed share",
        description=(
            "If more than this share of a table's rows of the days read, and more than 50 of them,"
            " are missing in Clockify, the run fails and marks no row as deleted."
        ),
    ),
    th.Property(
        "allow_removals",
        th.BooleanType,
        default=False,
        title="Allow removals",
        description="Mark rows as deleted in this run, however many are missing.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header of the requests. Default: tap-clockify/VERSION.",
    ),
).to_dict()

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
    for name in ("api_url", "reports_url"):
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


@dataclass(frozen=True)
class Settings:
    """The settings of a run, normalized, validated and with defaults; see ``SETTINGS``.

    Attributes:
        auth_header: Name and value of the header that holds the key or the token.
        hosts: Both base URLs.
        stop_when_spent: Whether ``when_budget_spent`` is ``stop``.
    """

    auth_header: tuple[str, str] = field(repr=False)
    hosts: Hosts
    user_agent: str | None
    workspace_ids: tuple[str, ...]
    timezone: str | None
    start_date: str | None
    lookback_days: int
    requests_per_second: float
    requests_per_hour: int | None
    stop_when_spent: bool
    concurrency: int
    verify_totals: str
    change_feed: str
    history_check: str
    max_removed_share: float
    allow_removals: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Build settings from a configuration that is normalized, validated and has defaults."""
        key = config.get("api_key")
        return cls(
            auth_header=("X-Api-Key", key) if key else ("X-Addon-Token", config["addon_token"]),
            hosts=hosts_for(
                region=config.get("region"),
                subdomain=config.get("subdomain"),
                api_url=config.get("api_url"),
                reports_url=config.get("reports_url"),
            ),
            user_agent=config.get("user_agent"),
            workspace_ids=tuple(config.get("workspace_ids") or ()),
            timezone=config.get("timezone"),
            start_date=config.get("start_date"),
            lookback_days=config["lookback_days"],
            requests_per_second=float(config["requests_per_second"]),
            requests_per_hour=config.get("requests_per_hour"),
            stop_when_spent=config["when_budget_spent"] == "stop",
            concurrency=config["concurrency"],
            verify_totals=config["verify_totals"],
            change_feed=config["change_feed"],
            history_check=config["history_check"],
            max_removed_share=config["max_removed_share"],
            allow_removals=config["allow_removals"],
        )

    @property
    def lookback(self) -> dt.timedelta:
        """The lookback window."""
        return dt.timedelta(days=self.lookback_days)

    @property
    def verifies_totals(self) -> bool:
        """Whether to compare with Clockify's own totals."""
        return self.verify_totals != "off"

    def start_day(self, tz: dt.tzinfo) -> dt.date | None:
        """Return the local day of ``start_date``, or None if it is not set."""
        return None if self.start_date is None else start_day(self.start_date, tz)
