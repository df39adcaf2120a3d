"""A page: its name, the filters that apply to it, and what it asks and shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clockify_dashboard.filters import Filters
    from clockify_dashboard.statements import Section
    from clockify_dashboard.warehouse import Answer


@dataclass(frozen=True)
class Page:
    """A page of the dashboard."""

    title: str
    path: str
    filters: frozenset[str]
    """Of workspaces, period, clients, people and archived."""
    sections: Sequence[Section]
    show: Callable[[Answer, Filters], None]
