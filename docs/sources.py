"""The sources of the dbt package in transform/, from the catalog of the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ALWAYS = ("summary", "time_entries", "sync_runs", "clients", "projects", "users")
"""Streams without which there is nothing to build."""
DAILY = ("summary", "time_entries", "sync_runs")
"""Streams that every schedule of `meltano.yml` loads daily."""
STAGED = (
    *ALWAYS,
    "approval_requests",
    "currencies",
    "expenses",
    "holidays",
    "invoice_items",
    "invoice_payments",
    "invoices",
    "member_profiles",
    "scheduling_assignments",
    "time_off_requests",
    "user_group_members",
    "workspaces",
)
"""Streams that have a staging model."""
WHOLE = tuple(name for name in STAGED if name not in {*DAILY, "approval_requests"})
"""Streams of which every run reads, and so sends, all rows."""

NOTE = "# By docs/generate.py, from the catalog of the tap.\n"


def sources_file(
    streams: list[dict[str, Any]],
    sentence_of: Callable[[str], str],
    type_of: Callable[[dict[str, Any]], str],
) -> str:
    """Format `_sources.yml`: each staged stream, its table, freshness and columns."""
    tables = [
        _table(stream, sentence_of, type_of)
        for stream in sorted(streams, key=lambda stream: str(stream["tap_stream_id"]))
        if stream["tap_stream_id"] in STAGED
    ]
    source = {
        "name": "clockify",
        "description": "The tables that tap-clockify fills.",
        "database": "{{ var('clockify_database', none) or target.database }}",
        "schema": "{{ var('clockify_schema', none)"
        " or env_var('TARGET_BIGQUERY_STRICT_DATASET', 'dl_clockify') }}",
        "tables": tables,
    }
    document = {"version": 2, "sources": [source]}
    return NOTE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _table(
    stream: dict[str, Any],
    sentence_of: Callable[[str], str],
    type_of: Callable[[dict[str, Any]], str],
) -> dict[str, Any]:
    name = stream["tap_stream_id"]
    table: dict[str, Any] = {"name": name}
    if stream["table"] != name:
        table["identifier"] = stream["table"]
    table["description"] = sentence_of(name)
    table["config"] = {"meta": {"key": stream["key_properties"], "is_read_whole": name in WHOLE}}
    if name in DAILY:
        late = {"count": 30, "period": "hour"}
        table["config"] |= {
            "loaded_at_field": "import_timestamp",
            "freshness": {"warn_after": late},
        }
    table["columns"] = [
        {
            "name": column,
            "data_type": type_of(declared).lower(),
            "description": declared["description"],
        }
        for column, declared in stream["schema"]["properties"].items()
    ]
    return table
