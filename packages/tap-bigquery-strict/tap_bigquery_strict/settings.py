"""The settings of the tap, and the tables that they name."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_bigquery_strict.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[\w-]{1,1024}")

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "project", th.StringType, required=True, description="Google Cloud project that pays."
    ),
    th.Property(
        "source_project",
        th.StringType,
        description="Project that has the tables. Default: the one that pays.",
    ),
    th.Property("dataset", th.StringType, required=True, description="Dataset of the tables."),
    th.Property(
        "location",
        th.StringType,
        description="Location of the dataset, such as EU or europe-west3. BigQuery finds out.",
    ),
    th.Property(
        "tables",
        # With items, since the SDK looks for them if the setting is a variable.
        th.CustomType({"type": ["array", "string"], "items": {"type": ["string", "object"]}}),
        required=True,
        description=(
            "Tables and views to read: names, in a list or separated by commas, or objects with"
            " name, key_columns and replication_key."
        ),
    ),
    th.Property(
        "key_columns",
        th.CustomType({"type": ["array", "string", "null"], "items": {"type": "string"}}),
        description=(
            "Columns that identify a row, of tables that name none. Default: the primary key that"
            " the table declares."
        ),
    ),
    th.Property(
        "replication_key",
        th.StringType,
        description=(
            "Column that grows with every change, of tables that name none: an instant, a date or"
            " an integer. Without it, the whole table is read every time."
        ),
    ),
    th.Property(
        "maximum_bytes_billed",
        th.IntegerType(minimum=1),
        description="Most bytes that a query may read; a query that would read more is refused.",
    ),
    th.Property(
        "credentials_path",
        th.StringType,
        description="Path of a key file. Default: the machine's own credentials.",
    ),
    th.Property(
        "credentials_json",
        th.StringType,
        secret=True,
        description="The content of a key file, instead of its path.",
    ),
).to_dict()


@dataclass(frozen=True)
class Wanted:
    """A table to read, as the settings describe it."""

    name: str
    key_columns: tuple[str, ...]
    replication_key: str | None


def wanted_tables(settings: Mapping[str, Any]) -> list[Wanted]:
    """Return the tables to read.

    Raises:
        ExtractError: `tables` says something else, or names a table twice.
    """
    keys, replication_key = _names(settings.get("key_columns")), settings.get("replication_key")
    found = [_wanted(each, keys, replication_key) for each in _listed(settings["tables"])]
    doubled = [name for name, count in Counter(each.name for each in found).items() if count > 1]
    if doubled or not found:
        raise ExtractError(
            f"The setting tables names {doubled[0]} twice."
            if doubled
            else "The setting tables is empty. Name the tables to read."
        )
    return found


def _listed(told: Any) -> list[Any]:
    if not isinstance(told, str):
        return list(told)
    if told.lstrip().startswith("["):
        try:
            return list(json.loads(told))
        except ValueError:
            raise ExtractError("The setting tables is neither JSON nor a list of names.") from None
    return [name.strip() for name in told.split(",") if name.strip()]


def _names(told: Any) -> tuple[str, ...]:
    listed = told.split(",") if isinstance(told, str) else told or ()
    return tuple(name.strip() for name in listed if name.strip())


def _wanted(told: Any, keys: tuple[str, ...], replication_key: str | None) -> Wanted:
    entry = {"name": told.strip()} if isinstance(told, str) else told
    if not isinstance(entry, dict) or not _is_table(entry):
        raise ExtractError(
            "The setting tables has an entry that is no table: give a name, or an object with"
            " name, key_columns and replication_key."
        )
    return Wanted(
        entry["name"],
        _names(entry.get("key_columns")) or keys,
        entry.get("replication_key") or replication_key,
    )


def _is_table(entry: dict[str, Any]) -> bool:
    name, keys, key = (entry.get(field) for field in ("name", "key_columns", "replication_key"))
    return (
        set(entry) <= {"name", "key_columns", "replication_key"}
        and isinstance(name, str)
        and NAME.fullmatch(name) is not None
        and isinstance(keys, str | list | None)
        and all(isinstance(each, str) for each in keys or ())
        and isinstance(key, str | None)
    )
