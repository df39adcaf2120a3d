"""What follows from the catalogs of tap-timecamp and tap-fitbit: tables of columns, dbt sources."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from tap_fitbit.tap import STREAMS as OF_FITBIT
from tap_timecamp.tap import STREAMS as OF_TIMECAMP

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = "# By docs/generate.py, from the catalog of the tap.\n"


@dataclass(frozen=True)
class Sibling:
    """A tap beside Clockify's."""

    name: str
    tap: str
    sentences: dict[str, str]
    """What each stream has, by its name."""

    @property
    def variable(self) -> str:
        """The variable by which Meltano's loader takes another dataset."""
        return f"TARGET_BIGQUERY_STRICT__{self.name.upper()}_DATASET"


def _sentences(streams: tuple[type[Any], ...]) -> dict[str, str]:
    return {each.name: (inspect.getdoc(each) or "").partition("\n")[0] for each in streams}


TIMECAMP = Sibling("timecamp", "tap-timecamp", _sentences(OF_TIMECAMP))
FITBIT = Sibling("fitbit", "tap-fitbit", _sentences(OF_FITBIT))
SIBLINGS = (TIMECAMP, FITBIT)


def columns(
    sibling: Sibling,
    catalog: list[dict[str, Any]],
    table: Callable[[list[str], list[list[str]]], str],
    type_of: Callable[[dict[str, Any]], str],
) -> str:
    """Format a section for each stream: its key and its columns."""
    parts = []
    for name, sentence in sibling.sentences.items():
        stream = next(each for each in catalog if each["tap_stream_id"] == name)
        key = ", ".join(f"`{column}`" for column in stream["key_properties"])
        described = [
            [f"`{column}`", type_of(declared), declared["description"]]
            for column, declared in stream["schema"]["properties"].items()
        ]
        parts.append(
            f"### {name}\n\n{sentence} Key: {key}.\n\n"
            + table(["Column", "Type", "Meaning"], described)
        )
    return "\n".join(parts)


def sources(
    sibling: Sibling,
    catalog: list[dict[str, Any]],
    type_of: Callable[[dict[str, Any]], str],
) -> str:
    """Format the sources of the dbt package: each table with its columns."""
    name = sibling.name
    tables = [
        {
            "name": stream["tap_stream_id"],
            "description": sibling.sentences[stream["tap_stream_id"]],
            "columns": [
                {
                    "name": column,
                    "data_type": type_of(declared).lower(),
                    "description": declared["description"],
                }
                for column, declared in stream["schema"]["properties"].items()
            ],
        }
        for stream in catalog
    ]
    source = {
        "name": name,
        "description": f"The tables that {sibling.tap} fills.",
        "database": f"{{{{ var('{name}_database', none) or target.database }}}}",
        "schema": f"{{{{ var('{name}_schema', none)"
        f" or env_var('{sibling.variable}', 'dl_{name}') }}}}",
        "tables": tables,
    }
    document = {"version": 2, "sources": [source]}
    return NOTE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
