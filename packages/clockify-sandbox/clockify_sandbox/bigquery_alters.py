"""`ALTER TABLE` on the emulator: several actions in one statement, and a catalog that notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bqemulator.api.routes.tables import _parse_schema_fields
from bqemulator.storage.sql_identifiers import schema_name
from bqemulator.storage.type_map import duckdb_type_to_bq_field
from sqlglot import exp, parse_one

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb
    from bqemulator.catalog.models import TableMeta
    from bqemulator.catalog.repository import CatalogRepository


def single_actions(sql: str) -> list[str]:
    """Split a statement: BigQuery takes several actions in one, DuckDB does not."""
    tree = parse_one(sql, read="duckdb")
    if not isinstance(tree, exp.Alter):
        return [sql]
    statements = []
    for action in tree.args.get("actions") or ():
        one = tree.copy()
        one.set("actions", [action.copy()])
        statements.append(one.sql(dialect="duckdb"))
    return statements or [sql]


def sync_columns(
    sql: str, connection: duckdb.DuckDBPyConnection, catalog: CatalogRepository
) -> None:
    """Write a table's columns to the catalog, which keeps the descriptions that it has."""
    tree = parse_one(sql, read="duckdb")
    table = tree.this if isinstance(tree, exp.Alter) else None
    if not isinstance(table, exp.Table):
        return
    for meta in _tables(catalog, table.db, table.name):
        known = {field.name.lower(): field for field in meta.schema_.fields}
        described = connection.execute(f"DESCRIBE {table.sql(dialect='duckdb')}").fetchall()
        fields = tuple(
            known.get(str(name).lower())
            or _parse_schema_fields([duckdb_type_to_bq_field(str(name), str(kind))])[0]
            for name, kind, *_ in described
        )
        schema = meta.schema_.model_copy(update={"fields": fields})
        catalog.update_table(meta.model_copy(update={"schema_": schema}))


def _tables(catalog: CatalogRepository, schema: str, name: str) -> Iterable[TableMeta]:
    for dataset in catalog.list_all_datasets():
        if schema_name(dataset.project_id, dataset.dataset_id) == schema:
            meta = catalog.get_table(dataset.project_id, dataset.dataset_id, name)
            if meta is not None:
                yield meta
