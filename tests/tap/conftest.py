"""The command that checks whether a run could succeed."""

from __future__ import annotations

from checks import check

__all__ = ["check"]
