"""The settings of the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_ledger.errors import ExtractError
from singer_ledger.settings import REMOVALS, safe_address
from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        required=True,
        secret=True,
        description="API token of an administrator, from the profile settings in TimeCamp.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        description=(
            "Earliest day of the entries. Default: the lookback window of the first run. With an"
            " earlier day than before, the next run reads what lies between."
        ),
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0),
        default=180,
        description="Days before today that every run reads again and compares with the last run.",
    ),
    th.Property(
        "ahead_days",
        th.IntegerType(minimum=0),
        default=30,
        description="Days after today that every run reads, for time that is planned.",
    ),
    th.Property(
        "user_ids",
        th.StringType,
        description="Ids of people, comma-separated, whose entries count. Default: everybody's.",
    ),
    th.Property(
        "user_settings",
        th.BooleanType,
        default=False,
        description=(
            "Whether to fill is_enabled and time_zone of users: two more requests for 50 people."
        ),
    ),
    th.Property(
        "domain",
        th.StringType,
        default="app.timecamp.com",
        description="Host of TimeCamp, if it is your own.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        description="Base URL of the API, instead of the one that follows from the domain.",
    ),
    *REMOVALS,
).to_dict()


def base_url(config: Mapping[str, Any]) -> str:
    """Return the base URL of the API, without a slash at the end.

    Raises:
        ExtractError: It is not a URL to which a token may be sent.
    """
    given = config.get("api_url")
    if not given:
        domain = str(config["domain"])
        if "/" in domain or not urlsplit(f"https://{domain}").hostname:
            raise ExtractError(f"domain is {domain!r}. Set it to a host, such as app.timecamp.com.")
        return f"https://{domain}/third_party/api"
    return safe_address("api_url", str(given))
