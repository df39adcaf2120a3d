"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from singer_ledger.stream import Row


@dataclass
class Run:
    """What TimeCamp was asked already."""

    view: Row | None = None
    """What the token can see."""
    lists: dict[str, list[Row]] = field(default_factory=dict)
    """What was listed, by path."""
