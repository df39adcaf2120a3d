"""The settings of the tap."""

from __future__ import annotations

from typing import Any

from singer_ledger.settings import REMOVALS
from singer_sdk import typing as th

API_URL = "https://health.googleapis.com/v4"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address
FAMILIES = ("all-sources", "google-sources", "google-wearables", "self-sources")

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "client_id",
        th.StringType,
        required=True,
        description="Id of the OAuth client of your project in the Google Cloud console.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        required=True,
        secret=True,
        description="Secret of the OAuth client.",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        required=True,
        secret=True,
        description="The person's consent, as tap-fitbit authorize prints it.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        description=(
            "Earliest day to read. Default: the lookback window of the first run. With an earlier"
            " day than before, the next run reads what lies between."
        ),
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0),
        default=30,
        description=(
            "Days before today that every run reads again, since devices synchronize late and sleep"
            " is processed again."
        ),
    ),
    th.Property(
        "data_source_family",
        th.StringType,
        default=FAMILIES[0],
        allowed_values=list(FAMILIES),
        description="Which sources count: all, Google's, only wearables, or only your own program.",
    ),
    th.Property(
        "raw_dir",
        th.StringType,
        description=(
            "Folder or fsspec URL, such as gs://bucket/fitbit, that keeps every answer as Google"
            " sent it. Default: answers are not kept."
        ),
    ),
    th.Property(
        "api_url", th.StringType, default=API_URL, description="Base URL of the Google Health API."
    ),
    th.Property(
        "token_url", th.StringType, default=TOKEN_URL, description="Address that issues tokens."
    ),
    *REMOVALS,
).to_dict()
