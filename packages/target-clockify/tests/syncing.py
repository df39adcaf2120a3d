"""A source, the target and a destination, to run step by step."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from destination_side import differences, facts_of_source, furnished
from driving import Ended, config_for, initialized, ran
from source_side import Entry, Source, messages, tombstone
from standin import Standin, serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TOMBSTONED = "2026-03-05T06:00:00Z"


class Sync:
    """A source, a target and a destination.

    Attributes:
        source: The source.
        standin: The destination.
        config: The settings of the target.
    """

    def __init__(self, standin: Standin, folder: Path) -> None:
        """Begin with an empty ledger."""
        self.source = Source()
        self.standin = standin
        self.folder = folder
        self.config = config_for(standin, folder, user_map={"*": "me"})
        assert initialized(self.config, messages([])).code == 0
        self.standin.requests.clear()

    def add(self, **values: Any) -> Entry:
        """Add an entry of an hour to the source."""
        start = values.pop("start", NINE)
        defaults = {"user": "u1", "project": "Web", "end": start + HOUR}
        return self.source.add(**{**defaults, **values, "start": start})

    def run(self, *gone: Entry, with_state: bool = True, **settings: Any) -> Ended:
        """Run the target with all live entries and the tombstones of others."""
        rows = [entry.row() for entry in self.source.live.values()]
        rows += [tombstone(each.id, str(each.start.date()), TOMBSTONED) for each in gone]
        self.standin.requests.clear()
        return ran({**self.config, **settings}, messages(rows, with_state=with_state))

    def assert_equal(self, expected: Iterable[Entry] | None = None) -> None:
        """Assert that the copies are equal to entries of the source, by default to all."""
        wanted = self.source.live.values() if expected is None else expected
        facts = [facts_of_source(each, lambda _: "u1") for each in wanted]
        assert differences(self.standin.workspace, (), facts) == ([], [])

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Return the files beside the ledger, with content and time."""
        return {
            path.name: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in self.folder.iterdir()
        }


@contextmanager
def syncing(folder: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing, and check that all its routes are known."""
    place = furnished("America/New_York", refuses_unknown=True, client=None, is_whole=True)
    ledger = folder / "ledger"
    ledger.mkdir()
    with serving(place) as standin:
        yield Sync(standin, ledger)
    assert not standin.strangers
