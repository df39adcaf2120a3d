"""Conversions between Clockify's units and those of the columns."""

from __future__ import annotations

MINOR_UNITS = 100
"""Minor units in one unit of a currency: Clockify's money is in hundredths (facts sheet, 5)."""

SECONDS_AN_HOUR = 3600


def major_units(minor: float | None) -> float | None:
    """Convert an amount in minor units to units of its currency."""
    return None if minor is None else minor / MINOR_UNITS
