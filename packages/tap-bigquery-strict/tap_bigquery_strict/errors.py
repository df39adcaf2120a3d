"""Errors as sentences: what happened, why, and what to do. They never quote rows."""

from __future__ import annotations


class ExtractError(Exception):
    """The tables cannot be read as the settings say."""
