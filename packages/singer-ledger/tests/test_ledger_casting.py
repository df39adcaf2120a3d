"""Values as their columns want them."""

from __future__ import annotations

from typing import Any

import pytest
from singer_ledger.casting import cast, cast_row

TEXT = {"type": ["string", "null"]}
WHOLE = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
FLAG = {"type": ["boolean", "null"]}
DAY = {"type": ["string", "null"], "format": "date"}


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (TEXT, None, None),
        (TEXT, "", ""),
        (TEXT, 7, "7"),
        (TEXT, True, "1"),
        (TEXT, [{"a": "ü"}], '[{"a":"ü"}]'),
        (WHOLE, "0", 0),
        (WHOLE, "", None),
        (WHOLE, True, 1),
        (WHOLE, 3.0, 3),
        (WHOLE, "9007199254740993", 9007199254740993),
        (NUMBER, "1.5", 1.5),
        (NUMBER, "", None),
        (NUMBER, 2, 2.0),
        (FLAG, "0", False),
        (FLAG, 0, False),
        (FLAG, "", False),
        (FLAG, "false", False),
        (FLAG, "1", True),
        (FLAG, True, True),
        (DAY, "2026-05-01", "2026-05-01"),
        (DAY, "2026-05-01 10:00:00", "2026-05-01"),
        (DAY, "0000-00-00", None),
    ],
)
def test_values(column: dict[str, Any], value: object, expected: object) -> None:
    found = cast(value, column, "x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("column", "value"),
    [(WHOLE, "many"), (WHOLE, 1.5), (NUMBER, "many"), (NUMBER, {}), (DAY, "yesterday")],
)
def test_what_does_not_fit_names_the_column_and_not_the_value(
    column: dict[str, Any], value: object
) -> None:
    with pytest.raises(ValueError, match=r"^hours is not of the type \w+$"):
        cast(value, column, "hours")


def test_a_row_has_every_column_and_no_other() -> None:
    schema = {"properties": {"a": WHOLE, "b": TEXT}}
    assert cast_row({"a": "1", "c": "?"}, schema) == {"a": 1, "b": None}
