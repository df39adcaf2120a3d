"""Run the tap as ``tap-clockify`` or ``python -m tap_clockify``."""

from __future__ import annotations

import gc
import sys

from tap_clockify.tap import TapClockify


def main() -> None:
    """Run the command in a process that ends with it."""
    try:
        command = TapClockify.cli  # This sets up the log.
    except (ValueError, OSError) as error:
        sys.exit(
            f"The log cannot be set up: {error}. Check the environment variables"
            " TAP_CLOCKIFY_LOGLEVEL, LOGLEVEL and SINGER_SDK_LOG_CONFIG."
        )
    try:
        command()
    finally:
        # The process ends here, so the interpreter's final collection would find nothing to do.
        gc.freeze()


if __name__ == "__main__":
    main()
