"""Commands of dbt, one after the other in one process; its own environment's Python runs this.

Each line of the input is a command with its variables. Each line of the output is what it ended
with and printed.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout

from dbt.cli.main import dbtRunner


def main() -> None:
    """Run commands until the input ends."""
    output = sys.stdout
    for line in sys.stdin:
        asked = json.loads(line)
        os.environ.update(asked["environment"])
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            done = dbtRunner().invoke(asked["arguments"])
        # As the command `dbt` does: 1 if something that ran has failed, 2 if it could not run.
        code = 0 if done.success else 1 if done.exception is None else 2
        print(json.dumps({"code": code, "printed": printed.getvalue()}), file=output, flush=True)


if __name__ == "__main__":
    main()
