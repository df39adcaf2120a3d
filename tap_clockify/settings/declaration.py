"""The declaration of every setting: name, type, default, title and description."""

from __future__ import annotations

from clockify_client.settings import Program, connection_settings
from singer_sdk import typing as th

LOOKBACK_DAYS = 84

TAP = Program(
    "tap-clockify",
    key_owner="The key's owner should be an owner or admin of the workspaces.",
)
CONNECTION = connection_settings(TAP)

SETTINGS = th.PropertiesList(
    CONNECTION["api_key"],
    CONNECTION["addon_token"],
    th.Property(
        "workspace_ids",
        th.ArrayType(th.StringType),
        title="Workspaces",
        description="Ids of the workspaces to extract. Default: all that the key can see.",
    ),
    CONNECTION["region"],
    CONNECTION["subdomain"],
    CONNECTION["api_url"],
    CONNECTION["reports_url"],
    CONNECTION["audit_log_url"],
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
    CONNECTION["requests_per_second"],
    CONNECTION["requests_per_hour"],
    CONNECTION["when_budget_spent"],
    CONNECTION["concurrency"],
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
    CONNECTION["user_agent"],
).to_dict()
