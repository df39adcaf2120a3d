"""How the stand-in for Google Health is controlled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from typing_extensions import override

from clockify_sandbox.google_health import truth
from clockify_sandbox.google_health.model import days_from
from clockify_sandbox.google_health.random_edits import random_edit
from clockify_sandbox.standin.control import Control

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from clockify_sandbox.google_health.world import World
    from clockify_sandbox.standin.faults import Faults
    from clockify_sandbox.standin.journal import Journal


class HealthControl(Control):
    """Its control routes."""

    def __init__(self, world: World, faults: Faults, journal: Journal) -> None:
        """Control this world, its faults and its log."""
        super().__init__(faults, journal)
        self._world = world

    @override
    def about(self) -> dict[str, object]:
        return {
            "clientId": self._world.client_id,
            "clientSecret": self._world.client_secret,
            "refreshToken": self._world.refresh_token,
        }

    @override
    def edit(self, rng: random.Random) -> str:
        return random_edit(self._world, rng)

    @override
    def truth(self, asked: Mapping[str, str]) -> object:
        """Return `exercises`, `sleeps`, `weights`, `vo2max`, or `days` from `first` to `last`."""
        match asked["table"]:
            case "exercises":
                return truth.exercises(self._world)
            case "sleeps":
                return truth.sleeps(self._world)
            case "weights":
                return truth.weights(self._world)
            case "vo2max":
                return {str(day): value for day, value in truth.vo2max(self._world).items()}
            case "days":
                first, last = (date.fromisoformat(asked[name]) for name in ("first", "last"))
                return [truth.daily(self._world, day) for day in days_from(first, last)]
        raise ValueError("no such table: days, exercises, sleeps, vo2max or weights")
