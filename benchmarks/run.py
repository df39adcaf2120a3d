"""Run all benchmarks or some of them."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

PARTS = ("requests", "free", "cpu", "same", "load", "pipeline")


def main() -> None:
    """Run the parts; each writes its section when it is done."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    for part in parser.parse_args().only or PARTS:
        began = time.monotonic()
        print(f"{part} …", flush=True)  # noqa: T201 - a command line
        import_module(f"benchmarks.part_{part}").main()
        print(f"{part}: done in {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
