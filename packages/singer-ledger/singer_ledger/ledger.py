"""What earlier runs sent, so that a run knows what is gone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_ledger.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_ledger.windows import Window

VERSION = 1
NO_DAY = ""
"""The day of rows that are listed whatever the day."""


class Gone(NamedTuple):
    """A row that was deleted."""

    day: str
    """The day of the row, as YYYY-MM-DD."""
    since: str
    """When a run first noticed, as an ISO 8601 instant in UTC."""


class Ledger:
    """The rows of the window, by key: those that were sent, and those that are gone since.

    Rows that leave the window leave the ledger. Until then, a row that is gone is sent as gone in
    every run, so no loader has to load one particular run.
    """

    def __init__(self, sent: Mapping[str, str], gone: Mapping[str, Gone]) -> None:
        """Take the day of each row that was sent, and the rows that are gone."""
        self.sent = dict(sent)
        self.gone = dict(gone)

    @classmethod
    def from_state(cls, kept: Any) -> Ledger:
        """Read a ledger from a state; nothing, None, is a ledger without rows.

        Raises:
            ExtractError: The state is of another version, or was changed by hand.
        """
        if kept is None:
            return cls({}, {})
        try:
            if kept["version"] != VERSION:
                raise ExtractError(
                    f"The state has a ledger of version {kept['version']!r}, but this tap writes"
                    f" version {VERSION}. Install the tap that wrote the state, or a newer one."
                )
            sent = {str(key): str(day) for day, keys in kept["sent"].items() for key in keys}
            gone = {
                str(key): Gone(str(day), str(since))
                for day, keys in kept["gone"].items()
                for key, since in keys.items()
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ExtractError(
                "The state has a ledger that cannot be read. Restore the state of the last"
                " successful run, or run once without a state."
            ) from error
        return cls(sent, gone)

    def to_state(self) -> dict[str, Any]:
        """Return the ledger as JSON, by day, which is shorter than by key."""
        sent: dict[str, list[str]] = defaultdict(list)
        for key, day in sorted(self.sent.items()):
            sent[day].append(key)
        gone: dict[str, dict[str, str]] = defaultdict(dict)
        for key, row in sorted(self.gone.items()):
            gone[row.day][key] = row.since
        return {"version": VERSION, "sent": dict(sent), "gone": dict(gone)}

    def announcing(self, found: Mapping[str, str]) -> Ledger:
        """Return the ledger of a run that is about to send rows, given the day of each by key.

        If the run is killed meanwhile, nobody knows which of them were loaded. The next run counts
        all of them as sent, and so notices what is gone.
        """
        return Ledger({**self.sent, **found}, self.gone)

    def missing(self, found: Mapping[str, str], window: Window | None) -> dict[str, str]:
        """Return the days of rows that were sent and are not found, of those in the window."""
        return {
            key: day
            for key, day in self.sent.items()
            if key not in found and (window is None or day == NO_DAY or window.has(day))
        }

    def gone_in(self, window: Window | None) -> dict[str, Gone]:
        """Return the rows that earlier runs found gone, whose days have not left the window."""
        return {key: row for key, row in self.gone.items() if _is_kept(row.day, window)}

    def after(
        self,
        found: Mapping[str, str],
        gone: Mapping[str, Gone],
        window: Window | None,
    ) -> Ledger:
        """Return the ledger after a run that found rows, and others that are gone.

        Rows after the window are kept, since a later window will have their days.
        """
        later = {
            key: day
            for key, day in self.sent.items()
            if window and day > window.last.isoformat() and key not in gone
        }
        return Ledger(
            {key: day for key, day in {**later, **found}.items() if _is_kept(day, window)},
            {key: row for key, row in gone.items() if _is_kept(row.day, window)},
        )


def _is_kept(day: str, window: Window | None) -> bool:
    return window is None or day == NO_DAY or day >= window.first.isoformat()
