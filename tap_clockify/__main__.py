"""Run the tap as ``python -m tap_clockify``."""

from __future__ import annotations

from tap_clockify.tap import TapClockify

TapClockify.cli()
