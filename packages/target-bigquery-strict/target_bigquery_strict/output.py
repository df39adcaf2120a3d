"""The STATE on stdout, as it was received."""

from __future__ import annotations

import os
import sys

from target_bigquery_strict.errors import LoadError


def print_state(state: bytes) -> None:
    """Print a STATE as a line, whatever the encoding of the terminal is.

    Raises:
        LoadError: Nobody reads stdout, or the disk is full.
    """
    try:
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(state + b"\n")
        else:
            sys.stdout.write(f"{state.decode()}\n")
        sys.stdout.flush()
    except (OSError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "stdout is closed"
        if isinstance(error, OSError):
            # Otherwise Python would try to flush it again when the process ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LoadError(
            f"The rows are loaded, but the state could not be printed ({reason}), so the next run"
            " sends them again."
        ) from error
