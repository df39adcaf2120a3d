"""Edits of rates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.model import Rate

if TYPE_CHECKING:
    from collections.abc import Container

    from clockify_sandbox.timecamp.model import RateKind
    from clockify_sandbox.timecamp.world import World

DEFAULT_TYPE = 12
ALWAYS = date(2000, 1, 1)
"""The `addDate` of a rate that was given no day."""


def set_rate(
    world: World,
    kind: RateKind,
    ref_id: int,
    value: Decimal | float | str,
    *,
    type_id: int = DEFAULT_TYPE,
    since: date | str = ALWAYS,
) -> int:
    """Set what an hour of a person, task or group is worth from a day on; return the rate's id.

    `value` is in currency units and is rounded to two decimals. A rate of the same type and day
    gets the new value and keeps its id; one of another day is kept beside the new one. The rates
    in `/entries` do not follow, since the contract does not say which of several rates counts.

    Raises:
        KeyError: There is no such person, task or group.
    """
    with world.lock:
        things: dict[RateKind, Container[int]] = {
            "user": world.users,
            "task": world.tasks,
            "group": world.groups,
        }
        if ref_id not in things[kind]:
            raise KeyError(ref_id)
        since = date.fromisoformat(since) if isinstance(since, str) else since
        value = Decimal(str(value)).quantize(Decimal("0.01"))
        rate = _rate(world, kind, ref_id, type_id, since)
        if rate is None:
            rate = Rate(world.new_id("rate"), kind, ref_id, type_id, value, since)
        world.rates[rate.id] = replace(rate, value=value)
        world.version += 1
        return rate.id


def remove_rate(world: World, rate_id: int) -> None:
    """Remove a rate."""
    with world.lock:
        del world.rates[rate_id]
        world.version += 1


def _rate(world: World, kind: RateKind, ref_id: int, type_id: int, since: date) -> Rate | None:
    """Find the rate of a thing that has a type and begins on a day."""
    wanted = (kind, ref_id, type_id, since)
    for rate in world.rates.values():
        if (rate.kind, rate.ref_id, rate.type_id, rate.since) == wanted:
            return rate
    return None
