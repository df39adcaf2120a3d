"""The one line that says what a run has loaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_bigquery_strict.wording import counted, sized

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = 3
"""Tables that the line names: those with the most rows."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded into one table."""

    table: str
    rows: int
    bytes: int
    """Bytes of the rows, before they are compressed."""
    removed: int
    """Rows that were marked as deleted, or deleted with `hard_delete`."""


def summary(
    loads: Iterable[Loaded], dataset: str, created: int, seconds: float, *, hard_delete: bool
) -> str:
    """Say what was loaded.

    Args:
        loads: What was loaded; a table may occur several times.
        dataset: The dataset with its project.
        created: Tables that did not exist before.
        seconds: Time since the process began.
        hard_delete: Whether removed rows were deleted, rather than marked.
    """
    loads = list(loads)
    rows: Counter[str] = Counter()
    for each in loads:
        rows[each.table] += each.rows
    if not rows:
        return f"Nothing was loaded into {dataset}: the input has no stream."
    removed = sum(each.removed for each in loads)
    how = "deleted" if hard_delete else "marked as deleted"
    tables = counted(len(rows), "table") + (f" ({created:,} new)" if created else "")
    largest = [f"{name} {count:,}" for name, count in rows.most_common(NAMED) if count]
    return (
        f"Loaded {counted(rows.total(), 'row')} ({sized(sum(each.bytes for each in loads))}) into"
        f" {tables} of {dataset} in {seconds:.1f} s; {counted(removed, 'row')} {how}."
        + (f" Most rows: {', '.join(largest)}." if largest else "")
    )
