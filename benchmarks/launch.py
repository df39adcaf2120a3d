"""Run a command and say what it cost: ``python -I -S launch.py FILE COMMAND…``.

Linux counts the memory of whoever starts a process in the peak memory of that process. So it is
started from here, where nothing is imported, and not from the benchmarks. The result goes to
a file, as JSON.
"""

import json
import os
import sys
import time

file, *command = sys.argv[1:]
began = time.time()
start = time.monotonic()
process = os.spawnv(os.P_NOWAIT, command[0], command)  # noqa: S606 - ourselves
_, status, usage = os.wait4(process, 0)  # Unlike RUSAGE_CHILDREN, it reports on this one process.
wall = time.monotonic() - start
cost = {
    "code": os.waitstatus_to_exitcode(status),
    "cpu": usage.ru_utime + usage.ru_stime,
    "wall": wall,
    "kibibytes": usage.ru_maxrss,
    "began": began,
}
with open(file, "w") as out:  # noqa: PTH123 - pathlib would be one more import
    json.dump(cost, out)
