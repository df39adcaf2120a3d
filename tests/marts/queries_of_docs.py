"""The queries that the documentation shows."""

from __future__ import annotations

import re

from plugins import ROOT


def queries(page: str) -> dict[str, str]:
    """Return the first query below each heading of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    sections = re.findall(r"^##+ ([^\n]*)\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE)
    found = {title: re.search(r"```sql\n(.*?)```", body, re.DOTALL) for title, body in sections}
    return {title: query[1] for title, query in found.items() if query}
