"""Finds organisations that have had no success for too long. A silent failure is the worst."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from clockify_fleet.errors import FleetError
from clockify_fleet.jobs import now
from clockify_fleet.organizations import Found, Organization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def age(text: str) -> dt.timedelta:
    """Read an age such as 90m, 26h or 2d.

    Raises:
        FleetError: It is something else.
    """
    if not (match := re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip().lower())):
        raise FleetError(f'"{text}" is no age. Write minutes, hours or days, such as 90m, 26h, 2d.')
    return dt.timedelta(**{UNITS[match[2]]: float(match[1])})


def silent(
    found: Sequence[Found], successes: Mapping[str, dt.datetime], longest: dt.timedelta
) -> list[str]:
    """Return a sentence for each enabled organisation without a success that is recent enough."""
    return [
        sentence
        for each in found
        if (sentence := _silence(each, successes.get(each.organization_id or ""), longest))
    ]


def _silence(each: Found, last: dt.datetime | None, longest: dt.timedelta) -> str | None:
    if not isinstance(each, Organization):
        return each.reason
    if not each.enabled:
        return None
    if last is None:
        return f"{each.organization_id} has never succeeded."
    if now() - last <= longest:
        return None
    hours = (now() - last).total_seconds() / 3600
    return (
        f"{each.organization_id} last succeeded {hours:.1f} hours ago"
        f" ({last.isoformat(timespec='minutes')})."
    )
