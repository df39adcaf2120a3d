"""`CREATE TABLE t (columns) AS (query)` on the emulator: dbt writes it for an enforced contract."""

from __future__ import annotations

from sqlglot import exp, parse_one


def cast_to_columns(sql: str) -> str:
    """Replace the declared columns by a cast of each column of the query, in their order.

    DuckDB accepts either columns or a query. The emulator rewrites the statement only if the query
    is not in parentheses.
    """
    tree = parse_one(sql, read="duckdb")
    if not isinstance(tree, exp.Create):
        return sql
    columns, query = tree.this, tree.expression
    if not isinstance(columns, exp.Schema) or query is None:
        return sql
    declared = [each for each in columns.expressions if isinstance(each, exp.ColumnDef)]
    casts = [
        exp.alias_(
            exp.cast(exp.column(each.this.copy()), each.args["kind"].copy()), each.this.copy()
        )
        for each in declared
    ]
    tree.set("this", columns.this.copy())
    tree.set("expression", exp.select(*casts).from_(query.unnest().subquery("contents")))
    return tree.sql(dialect="duckdb")
