"""Numbers in sentences."""

from __future__ import annotations

_MEGABYTE = 1e6


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which gets an "s" in the plural, such as "1,000 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sized(count: int) -> str:
    """Return a number of bytes in MB, or in kB below 0.1 MB."""
    if count >= _MEGABYTE / 10:
        return f"{count / _MEGABYTE:.1f} MB"
    return f"{count / 1e3:.1f} kB"
