"""What BigQuery checks when it loads JSON lines, and the emulator does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_COLUMNS = "SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects(?)"


class RefusedRowError(Exception):
    """A row that BigQuery would not load; the text is as BigQuery's."""


def check_rows(connection: duckdb.DuckDBPyConnection, path: Path, load: Mapping[str, Any]) -> None:
    """Refuse rows with unknown columns, or without the required ones.

    Raises:
        RefusedRowError: There is such a row.
    """
    fields = load.get("schema", {}).get("fields", [])
    known = {field["name"].lower() for field in fields}
    required = [field["name"] for field in fields if field.get("mode") == "REQUIRED"]
    if not fields:
        return
    cursor = connection.cursor()
    try:
        names = {str(name) for (name,) in cursor.execute(_COLUMNS, [str(path)]).fetchall()}
        missing = cursor.execute(_missing(required), [str(path)]).fetchone() if required else None
    except duckdb.Error:
        return  # no JSON: the load itself says so
    unknown = {name for name in names if name.lower() not in known}
    if (unknown and not load.get("ignoreUnknownValues")) or (missing and missing[0]):
        raise RefusedRowError(_first(path, unknown, required))


def _missing(required: list[str]) -> str:
    tests = " OR ".join(f"json_extract_string(json, '$.\"{name}\"') IS NULL" for name in required)
    return f"SELECT COUNT(*) FROM read_ndjson_objects(?) WHERE {tests}"  # noqa: S608 -- columns


def _first(path: Path, unknown: set[str], required: list[str]) -> str:
    """Describe the first such row as BigQuery does, with its position in bytes."""
    position = 0
    with path.open("rb") as lines:
        for line in lines:
            row = json.loads(line) if line.strip() else {}
            head = f"JSON parsing error in row starting at position {position}: "
            if found := unknown & row.keys():
                return f"{head}No such field: {min(found)}."
            for name in required:
                if row and row.get(name) is None:
                    return (
                        f"{head}Only optional fields can be set to NULL. Field: {name}; Value: NULL"
                    )
            position += len(line)
    return "A row could not be read."
