"""Conversions between Clockify's units and those of the columns."""

from __future__ import annotations

MINOR_UNITS = 100
"""Minor units in one unit of a currency: Clockify's money is in hundredths (facts sheet, 5)."""

SECONDS_AN_HOUR = 3600
