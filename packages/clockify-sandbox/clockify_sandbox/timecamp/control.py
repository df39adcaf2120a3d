"""How the stand-in for TimeCamp is controlled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from typing_extensions import override

from clockify_sandbox.standin.control import Control
from clockify_sandbox.timecamp import truth
from clockify_sandbox.timecamp.random_edits import random_edit

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from clockify_sandbox.standin.faults import Faults
    from clockify_sandbox.standin.journal import Journal
    from clockify_sandbox.timecamp.options import Options
    from clockify_sandbox.timecamp.world import World


class TimeCampControl(Control):
    """Its control routes."""

    def __init__(self, world: World, options: Options, faults: Faults, journal: Journal) -> None:
        """Control this world, its faults and its log."""
        super().__init__(faults, journal)
        self._world = world
        self._options = options

    @override
    def about(self) -> dict[str, object]:
        return {"apiKey": self._world.api_key}

    @override
    def edit(self, rng: random.Random) -> str:
        return random_edit(self._world, rng)

    @override
    def truth(self, asked: Mapping[str, str]) -> object:
        """Return the rows of `table`, of entries from `first` to `last`."""
        first, last = (
            date.fromisoformat(asked[name]) if name in asked else None for name in ("first", "last")
        )
        return truth.rows(self._world, asked.get("table", "entries"), first, last, self._options)
