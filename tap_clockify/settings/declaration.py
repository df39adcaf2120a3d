"""The declaration of every setting: name, type, default, title and description."""

from __future__ import annotations

from clockify_client.hosts import REGIONS
from singer_sdk import typing as th

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
        description="Data region of the workspaces; determines the hosts.",
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
        "audit_log_url",
        th.StringType,
        title="Audit log URL",
        description="Base URL of the audit log's API. Default: derived from api_url or region.",
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
        "strict",
        th.BooleanType,
        default=False,
        title="Strict",
        description=(
            "Let the run fail if a workspace's plan or the role of the key's owner forbids a"
            " selected stream, instead of skipping the stream with a warning."
        ),
    ),
    th.Property(
        "unknown_fields",
        th.StringType,
        default="warn",
        allowed_values=["warn", "fail", "ignore"],
        title="Unknown fields",
        description=(
            "What to do about fields that Clockify sends and no column has: name them in a warning"
            " at the end of the run, let the run fail, or ignore them."
        ),
    ),
    th.Property(
        "custom_field_columns",
        th.BooleanType,
        default=False,
        title="Custom fields as columns",
        description=(
            "Add a column for each custom field to time_entries, projects and users, named"
            " cf_<name>_<last 4 characters of its id>. The fields are requested at the start, for"
            " --discover, too. A field that is renamed keeps its column, which the state remembers."
        ),
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header of the requests. Default: tap-clockify/VERSION.",
    ),
).to_dict()
