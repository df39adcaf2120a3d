"""Random histories of a source, a destination and a target that is killed and hits faults.

``python histories.py 300`` runs 300 of them and prints how many were wrong. With ``blind`` as an
argument, they include edits of which no tap can tell (see ``History.show_blind_spots``); with
``careless``, people make it impossible to tell copies from natives (see ``World``).
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from destination_side import differences, facts_of_source
from driving import Ended, Kill, config_for, initialized, ran
from history_people import LOOKBACK, World
from source_side import Memory, read
from standin import FAULTS, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from standin import Standin

DAYS = 12
FAULT_SHARE = 0.15


class History(World):
    """One history.

    Attributes:
        is_blind: Whether it has edits of which no tap can tell.
        wrong: What should not have happened.
    """

    def __init__(
        self, seed: int, folder: Path, *, is_blind: bool = False, is_careless: bool = False
    ) -> None:
        """Fill both workspaces.

        Args:
            seed: Decides what happens.
            folder: Where the ledger is.
            is_blind: Whether to leave edits alone of which no tap can tell.
            is_careless: See ``World``.
        """
        super().__init__(seed, is_careless=is_careless)
        self.folder = folder
        self.is_blind = is_blind
        self.wrong: list[str] = []
        self.memory = Memory()
        self.unsaved: dict[str, dict[str, Any] | None] = {}

    def carry_out(self) -> list[str]:
        """Play the history, and return what went wrong."""
        with serving(self.place) as standin:
            self.config = config_for(standin, self.folder, **self.variant.settings())
            if not self.variant.has_field:
                first = initialized(self.config, self.lines())
                if first.code or standin.writes:
                    self.wrong.append(f"the first ledger was not written: {first.stderr}")
            for _ in range(DAYS):
                self.today += dt.timedelta(days=1)
                for _ in range(self.rng.randint(1, 5)):
                    self.edit_source()
                if self.rng.random() < 0.6:
                    for _ in range(self.rng.randint(1, 2)):
                        self.edit_destination()
                self.run(standin)
            self.finish(standin)
        self.wrong += [f"no such route: {each}" for each in standin.strangers]
        return self.wrong

    def lines(self) -> str:
        """Return what the tap sends."""
        lines, self.remembered = read(
            self.source,
            self.memory,
            self.today,
            lookback=LOOKBACK,
            with_tags=self.variant.with_tags,
        )
        return lines

    def show_blind_spots(self) -> None:
        """Edit once more what has changed in a way that no tap can tell.

        A tap learns from its state only. If the target was killed, the state does not have what it
        sent: an entry that was new then and is gone now gets no tombstone, and an entry of an older
        day whose edit was undone since is not sent again (``docs/state-and-exactness.md``, "What is
        not exact").
        """
        if self.is_blind:
            return
        sent = rows_of(self.lines())
        for key, row in self.unsaved.items():
            if key in sent:
                continue
            if key not in self.source.live:
                if row is not None:
                    self.source.restore(key)
                    self.note(f"{key} restored, since no tap can tell")
            elif self.source.live[key].row() != row:
                self.source.live[key].description += "!"
                self.note(f"{key} edited, since no tap can tell")

    def run(self, standin: Standin) -> None:
        """Run tap and target once; half of the runs are killed or hit faults."""
        kill, faults, rng = Kill(), "", self.rng
        if rng.random() < 0.5:
            if rng.random() < 0.6:
                at = rng.randint(1, 45 if self.memory.day is None else 13)
                kill = Kill(at, after=rng.random() < 0.5)
                faults = f"kill at {at}"
            else:
                faults = "faults"
                standin.faults = planned(random.Random(rng.random()))  # noqa: S311
        ended = self.ran(kill)
        standin.faults = lambda: None
        self.note(f"run {faults}: {said(ended)}")
        if not faults and not ended.has_state:
            self.wrong.append(f"{self.today} a run without faults failed: {ended.stderr[-600:]}")

    def ran(self, kill: Kill | None = None) -> Ended:
        """Run the target on what the tap sends now, and check the natives."""
        self.show_blind_spots()
        lines = self.lines()
        ended = ran(self.config, lines, kill)
        for path in self.folder.iterdir():
            if path.name != "ledger.json":
                path.unlink()  # A killed process would not be alive any more.
        self.is_settled = ended.has_state
        if ended.has_state:
            self.memory = self.remembered
            self.edited.clear()
            self.unsaved.clear()
        else:
            self.unsaved |= rows_of(lines)
        for each in self.natives.harmed():
            self.wrong.append(f"{self.today} a native was changed: {each}")
            self.natives.rows = {
                key: row
                for key, row in self.natives.rows.items()
                if self.place.entries.get(key) == row
            }
        return ended

    def finish(self, standin: Standin) -> None:
        """Run twice without faults, and compare."""
        ended = self.ran()
        self.note(f"last run: {said(ended)}")
        if ended.code or not ended.has_state:
            self.wrong.append(f"the last run failed: {ended.stderr[-600:]}")
        expected = [
            facts_of_source(entry, self.variant.person)
            for entry in self.source.live.values()
            if self.variant.selects(entry)
        ]
        missing, surplus = differences(self.place, self.natives.ids, expected)
        self.wrong += [f"missing: {each}" for each in missing]
        self.wrong += [f"too many: {each}" for each in surplus]
        standin.requests.clear()
        again = self.ran()
        writes, count = standin.writes, standin.requests.total()
        if again.code or writes:
            self.wrong.append(f"the second run wrote {dict(writes)}: {said(again)}")
        most = 5 if self.variant.is_one_person else 5 + self.variant.people
        # Without a ledger, the custom fields are read, and clients that have no projects.
        if count > most + 2 * self.variant.has_field:
            self.wrong.append(f"the second run made {count} requests: {dict(standin.requests)}")


def planned(rng: random.Random) -> Callable[[], str | None]:
    """Return a plan of faults."""
    return lambda: rng.choice(FAULTS) if rng.random() < FAULT_SHARE else None


def rows_of(lines: str) -> dict[str, dict[str, Any] | None]:
    """Return what the messages say of each time entry: its row, or None if it is gone."""
    sent = [json.loads(line) for line in lines.splitlines()]
    return {
        each["record"]["id"]: None if each["record"]["is_deleted"] else each["record"]
        for each in sent
        if each["type"] == "RECORD" and each["stream"] == "time_entries"
    }


def said(ended: Ended) -> str:
    """Return in short how a run ended."""
    lines = ended.stderr.strip().splitlines()
    return f"code {ended.code}, state {ended.has_state}, {lines[-1][:300] if lines else ''}"


def play(seed: int, folder: Path, **kinds: bool) -> History:
    """Play the history of a seed; for its kinds see ``History``."""
    history = History(seed, folder, **kinds)
    history.carry_out()
    return history


def main(count: int, kinds: list[str]) -> None:
    """Play many histories, and print those that went wrong."""
    wrong = []
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            history = play(seed, Path(folder), **{f"is_{kind}": True for kind in kinds})
        if history.wrong:
            wrong.append(seed)
            sys.stdout.write(f"seed {seed} {history.variant}\n  " + "\n  ".join(history.wrong))
            sys.stdout.write("\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(wrong)} of {count} were wrong: {wrong}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
