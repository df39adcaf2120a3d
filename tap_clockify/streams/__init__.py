"""The catalogue: a declaration for each stream, by family.

A stream says what it is called, what it is made of and what its key is. Reading belongs in
``lists`` and ``reports``, columns in ``schemas``. No stream imports another family.
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
"""All streams, in the order in which they are written: the audit describes the others, so it is
last."""
