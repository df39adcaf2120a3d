"""What can go wrong, in words for the reader of a page."""

from __future__ import annotations


class DashboardError(Exception):
    """A page cannot be shown: what happened, and what to do. Both texts may use Markdown."""

    def __init__(self, happened: str, remedy: str) -> None:
        """Keep both texts."""
        super().__init__(happened, remedy)
        self.happened = happened
        self.remedy = remedy
