"""The catalog: one declaration per stream, in a module per family.

A stream declares its name, its source and its key. Reading belongs in ``lists`` and ``reports``,
columns in ``schemas``. No family imports another.
"""

from tap_clockify.streams.audit import SyncRuns
from tap_clockify.streams.base import ClockifyStream
from tap_clockify.streams.people import Users
from tap_clockify.streams.projects import Clients, Projects
from tap_clockify.streams.time import Summary, TimeEntries

STREAMS: tuple[type[ClockifyStream], ...] = (
    Clients,
    Projects,
    Summary,
    TimeEntries,
    Users,
    SyncRuns,
)
"""All streams, in the order in which they are written; the audit describes the others, so it comes
last."""
