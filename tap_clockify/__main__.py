"""Run the tap as ``tap-clockify`` or ``python -m tap_clockify``."""

from __future__ import annotations

import gc

from tap_clockify.tap import TapClockify


def main() -> None:
    """Run the command in a process that ends with it."""
    try:
        TapClockify.cli()
    finally:
        # The process ends here, so the interpreter's final collection would find nothing to do.
        gc.freeze()


if __name__ == "__main__":
    main()
