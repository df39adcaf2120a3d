"""One SQL statement for all that a page shows.

A page declares sections: a name, columns and a query. `statement` joins the queries of a page to
one; each row comes back as the name of its section and a JSON text. The queries name marts in
braces, such as {clockify__projects}. Values are never part of a query: they are parameters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

import pandas as pd
from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clockify_dashboard.filters import Filters

CONDITIONS = {
    "in_workspaces": "(array_length(@workspaces) = 0 or workspace_id in unnest(@workspaces))",
    "of_clients": "(array_length(@clients) = 0 or client_id in unnest(@clients))",
    "of_people": "(array_length(@people) = 0 or user_id in unnest(@people))",
}
"""What a query can name in braces besides marts."""


@dataclass(frozen=True)
class Section:
    """A part of a page's answer.

    `columns` are names, with :number, :count, :date or :time behind those that are no text. Without
    its mart, an optional section has no rows and is missing from `Answer.present`.
    """

    name: str
    columns: str
    sql: str
    optional: bool = False

    @property
    def marts(self) -> frozenset[str]:
        """The marts that the query reads."""
        fields = {field for _, field, _, _ in Formatter().parse(self.sql) if field}
        return frozenset(fields - CONDITIONS.keys())


def statement(sections: Iterable[Section], table: Callable[[str], str]) -> str:
    """Join the queries of the sections to one statement."""
    return "\nunion all\n".join(_select(section, table) for section in sections)


def _select(section: Section, table: Callable[[str], str]) -> str:
    names = CONDITIONS | {mart: table(mart) for mart in section.marts}
    query = section.sql.strip().format_map(names)
    line = f"select '{section.name}' as section, to_json_string(line) as line"
    return f"{line} from (\n{query}\n) as line"


def parameters(filters: Filters) -> list[ArrayQueryParameter | ScalarQueryParameter]:
    """Return the filters as parameters of a query."""
    return [
        ScalarQueryParameter("first", "DATE", filters.days.first),
        ScalarQueryParameter("last", "DATE", filters.days.last),
        ScalarQueryParameter("today", "DATE", filters.today),
        ScalarQueryParameter("archived", "BOOL", filters.archived),
        ArrayQueryParameter("workspaces", "STRING", list(filters.workspaces)),
        ArrayQueryParameter("clients", "STRING", list(filters.clients)),
        ArrayQueryParameter("people", "STRING", list(filters.people)),
    ]


def frames(sections: Sequence[Section], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Sort the rows of a statement into a data frame for each section."""
    lines: dict[str, list[dict[str, Any]]] = {section.name: [] for section in sections}
    for row in rows:
        lines[row["section"]].append(json.loads(row["line"]))
    return {section.name: _frame(section, lines[section.name]) for section in sections}


def _frame(section: Section, lines: list[dict[str, Any]]) -> Any:
    kinds = dict(column.partition(":")[::2] for column in section.columns.split())
    frame = pd.DataFrame(lines, columns=list(kinds))
    for name, kind in kinds.items():
        frame[name] = _typed(frame[name], kind)
    return frame


def _typed(column: Any, kind: str) -> Any:
    match kind:
        case "number":
            return pd.to_numeric(column).astype("float64")
        case "count":
            return pd.to_numeric(column).astype("Int64")
        case "date":
            return pd.to_datetime(column)
        case "time":
            return pd.to_datetime(column, utc=True, format="ISO8601")
        case _:
            return column.astype("object")
