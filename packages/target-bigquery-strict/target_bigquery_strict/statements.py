"""The SQL that the target runs. Names are quoted; values are never part of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_bigquery_strict.columns import ROW, standard_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.cloud.bigquery import SchemaField


def quoted(name: str) -> str:
    """Quote a name of a table or column."""
    return f"`{name}`"


def groupable(field: SchemaField) -> str:
    """Return a key column as BigQuery can partition by: it refuses to, by floats."""
    name = quoted(field.name)
    return f"CAST({name} AS STRING)" if standard_type(field) == "FLOAT64" else name


def count_keys(staging: str, keys: Sequence[str], *, marks: bool) -> str:
    """Count the rows of a staging table, and its distinct keys: all, with a null, and marked.

    A key is marked if a row has `_sdc_deleted_at`; `marks` says whether that column is staged.
    """
    names = ", ".join(map(quoted, keys))
    nulls = " OR ".join(f"{quoted(key)} IS NULL" for key in keys)
    marked = "COUNTIF(`_sdc_deleted_at` IS NOT NULL)" if marks else "0"
    return (
        "SELECT COUNT(*) AS key_count, COALESCE(SUM(_sdc_rows), 0) AS row_count,"
        f" COUNTIF({nulls}) AS null_count, COUNTIF(_sdc_marks > 0) AS marked_count"
        f" FROM (SELECT {names}, COUNT(*) AS _sdc_rows, {marked} AS _sdc_marks"
        f" FROM {quoted(staging)} GROUP BY {names})"
    )


def merge(
    table: str,
    staging: str,
    columns: Sequence[str],
    keys: Sequence[SchemaField],
    constants: Mapping[str, str],
) -> str:
    """Upsert the staged rows; of several with one key, the last one that was received."""
    names = [*columns, *constants]
    values = _values(columns, constants)
    # With keys alone, the statement must still update, since its rows are counted.
    key_names = [key.name for key in keys]
    updated = [name for name in names if name not in key_names] or names
    assigned = ", ".join(f"{quoted(name)} = {values[name]}" for name in updated)
    matched = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in key_names)
    partition = ", ".join(map(groupable, keys))
    return (
        f"MERGE {quoted(table)} AS t USING (SELECT * FROM {quoted(staging)} WHERE TRUE QUALIFY"
        f" ROW_NUMBER() OVER (PARTITION BY {partition} ORDER BY {quoted(ROW)} DESC) = 1) AS s"
        f" ON {matched}"
        f" WHEN MATCHED THEN UPDATE SET {assigned}"
        f" WHEN NOT MATCHED THEN INSERT ({', '.join(map(quoted, names))})"
        f" VALUES ({', '.join(values[name] for name in names)})"
    )


def append(table: str, staging: str, columns: Sequence[str], constants: Mapping[str, str]) -> str:
    """Insert all staged rows."""
    names = [*columns, *constants]
    values = _values(columns, constants)
    return (
        f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, names))})"
        f" SELECT {', '.join(values[name] for name in names)} FROM {quoted(staging)} AS s"
    )


def merge_itself(table: str, column: str) -> str:
    """Merge the rows of a table into it, which changes nothing."""
    name = quoted(column)
    return (
        f"MERGE {quoted(table)} AS t USING (SELECT {name} FROM {quoted(table)}) AS s"
        f" ON t.{name} = s.{name} WHEN MATCHED THEN UPDATE SET {name} = s.{name}"
        f" WHEN NOT MATCHED THEN INSERT ({name}) VALUES (s.{name})"
    )


def delete_marked(table: str) -> str:
    """Delete the rows that are marked as deleted."""
    return f"DELETE FROM {quoted(table)} WHERE `_sdc_deleted_at` IS NOT NULL"


def retire_versions(table: str, version: int, began: str, *, hard: bool) -> str:
    """Delete the rows of earlier versions of the table, or mark them as deleted.

    Rows without a version are old if they were loaded before the run that began then.
    """
    old = (
        f"(`_sdc_table_version` < {version:d}"
        f" OR (`_sdc_table_version` IS NULL AND `_sdc_batched_at` < {began}))"
    )
    if hard:
        return f"DELETE FROM {quoted(table)} WHERE {old}"
    return (
        f"UPDATE {quoted(table)} SET `_sdc_deleted_at` = CURRENT_TIMESTAMP()"
        f" WHERE {old} AND `_sdc_deleted_at` IS NULL"
    )


def _values(columns: Sequence[str], constants: Mapping[str, str]) -> dict[str, str]:
    return {name: f"s.{quoted(name)}" for name in columns} | dict(constants)
