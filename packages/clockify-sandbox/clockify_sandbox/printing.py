"""Prints rows: as a table or records for people, as CSV or JSON for programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from clockify_sandbox.bigquery_rows import Row

ANY_WIDTH = 100_000


def print_rows(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print a table if it fits the console, which has 80 columns if it is no terminal.

    Otherwise each row becomes a record: a line for each column, and more for long texts.
    """
    console = console or Console(highlight=False)
    if not rows:
        console.print("no rows")
        return
    table = _table(rows)
    at_ease = console.options.update(width=ANY_WIDTH)
    if Measurement.get(console, at_ease, table).maximum <= console.width:
        console.print(table)
    else:
        for part in _records(rows):
            console.print(part)


def as_json(rows: Sequence[Row]) -> str:
    """Write rows as a JSON array of objects: numbers stay numbers, instants become text."""
    return json.dumps(rows, default=_jsonable, ensure_ascii=False)


def as_csv(rows: Sequence[Row]) -> str:
    """Write rows as CSV with a header, as BigQuery exports them: null is an empty field."""
    text = io.StringIO()
    if rows:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_field(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _table(rows: Sequence[Row]) -> Table:
    table = Table()
    for name in rows[0]:
        # Longer than the console, the text decides that the table does not fit.
        justify = "right" if _is_numeric(rows, name) else "left"
        table.add_column(Text(name), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    return table


def _records(rows: Sequence[Row]) -> Iterator[RenderableType]:
    for number, row in enumerate(rows, 1):
        yield Rule(f"row {number} of {len(rows)}", align="left", style="dim")
        record = Table.grid(padding=(0, 2))
        record.add_column(no_wrap=True)
        record.add_column(overflow="fold")
        for name, value in row.items():
            record.add_row(Text(name, style="cyan"), _shown(value))
        yield record


def _is_numeric(rows: Sequence[Row], name: str) -> bool:
    values = [row[name] for row in rows if row[name] is not None]
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )


def _shown(value: object) -> Text:
    """Show a value as text, with no markup interpreted; null is NULL, an empty text is empty."""
    if value is None:
        return Text("NULL", style="dim")
    if isinstance(value, dict | list):
        return Text(json.dumps(value, default=_jsonable, ensure_ascii=False))
    return Text(f"{value:.10g}" if isinstance(value, float) else str(value))


def _field(value: object) -> object:
    if isinstance(value, bool | dict | list):
        return json.dumps(value, default=_jsonable, ensure_ascii=False)
    return value.isoformat() if isinstance(value, dt.date) else value


def _jsonable(value: object) -> str | float:
    """Convert what JSON has no type for."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    msg = f"{type(value).__name__} has no form in JSON"
    raise TypeError(msg)
