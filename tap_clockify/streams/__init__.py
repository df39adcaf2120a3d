"""The catalog: one declaration per stream, in a module per family.

A stream declares its name, its source and its key. Reading belongs in ``lists`` and ``reports``,
columns in ``schemas``. No family imports another.
"""

from __future__ import annotations

from tap_clockify.streams import (
    audit,
    finance,
    people,
    projects,
    scheduling,
    time,
    time_off,
    workspace,
)
from tap_clockify.streams.base import ClockifyStream

FAMILIES = (workspace, projects, time, people, time_off, scheduling, finance, audit)
"""The modules with the declarations, in the order in which their streams are read. People come
after time, since what the key could see before decides whether time that is missing is gone. The
audit describes the others, so it comes last."""


def _declared() -> tuple[type[ClockifyStream], ...]:
    """Return every class with a name of its own, in the order of the declarations."""
    return tuple(
        declared
        for family in FAMILIES
        for declared in vars(family).values()
        if isinstance(declared, type)
        and issubclass(declared, ClockifyStream)
        and declared.__module__ == family.__name__
    )


STREAMS: tuple[type[ClockifyStream], ...] = _declared()
"""All streams, in the order in which they are written."""
