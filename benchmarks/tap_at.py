"""Run the tap at another time: ``python -m benchmarks.tap_at INSTANT --config …``."""

from __future__ import annotations

import datetime as dt
import sys

import time_machine

from tap_clockify.tap import TapClockify

if __name__ == "__main__":
    with time_machine.travel(dt.datetime.fromisoformat(sys.argv.pop(1)), tick=True):
        TapClockify.cli()
