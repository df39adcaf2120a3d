"""Streams that send what changed and what is gone."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from singer_ledger.casting import cast_row
from singer_ledger.errors import ExtractError
from singer_ledger.ledger import NO_DAY, Gone, Ledger
from singer_ledger.patient import PatientStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from singer_ledger.windows import Window

Row = dict[str, Any]
DELETED_AT = "_sdc_deleted_at"
MANY_ROWS = 50
"""Missing rows that are never too many: small tables change a lot."""


@dataclass
class Reading:
    """What a run read, before anything of it is sent."""

    rows: list[Row]
    """Objects as the service sends them."""
    deleted: dict[str, str] = field(default_factory=dict)
    """The days of rows of which the service says that they were deleted, by key."""


class LedgerStream(PatientStream):
    """A table of which each run reads a window, or all, and compares it with the ledger.

    Everything is read before anything is sent: a run that fails half-way marks no row as gone. The
    state has the ledger, what the token could see, and what else a stream remembers.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    day_column: ClassVar[str | None] = None
    """The column with the day of a row; None if rows are listed whatever the day."""

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # It would remove every row that this run does not send.
        return False

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the state to the ledger: a bookmark would follow rows, which have no order."""

    @property
    def window(self) -> Window | None:
        """The days that the run reads; None for all."""
        return None

    @abstractmethod
    def read(self, memory: Row) -> Reading:
        """Read everything that the run will send.

        Raises:
            ExtractError: Something cannot be read.
        """

    def earlier(self, memory: Row) -> Iterable[Row]:  # noqa: ARG002 -- of subclasses
        """Read what is older than the window and was never read, piece by piece."""
        return ()

    def begin(self, memory: Row) -> None:
        """Note in the state what must survive a run that is killed."""

    def end(self, memory: Row) -> None:
        """Note in the state what the run achieved."""

    def still_there(self, doubtful: Mapping[str, str]) -> list[Row]:  # noqa: ARG002 -- of subclasses
        """Read again rows that may be gone, by key with their days; return those that exist."""
        return []

    @abstractmethod
    def view(self, *, again: bool = False) -> Row:
        """Return what decides which rows the token can see; with `again`, ask once more."""

    def sees_less(self, before: Row, now: Row) -> str | None:
        """Say in a sentence why a token may see less than one before; None if it does not."""
        return None if before == now else "The token belongs to somebody else than before."

    def key_of(self, row: Row) -> str:
        """Return the key of a row, as the ledger has it."""
        return "|".join(str(row[name]) for name in self.primary_keys)

    def day_of(self, row: Row) -> str:
        """Return the day of a row as YYYY-MM-DD, or no day."""
        return NO_DAY if self.day_column is None else row[self.day_column] or NO_DAY

    def identity(self, key: str, day: str) -> Row:
        """Return the columns that a row keeps if it is gone."""
        columns = dict(zip(self.primary_keys, key.split("|"), strict=True))
        if self.day_column and day:
            columns[self.day_column] = day
        return columns

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        memory = self.get_context_state(context)
        before = Ledger.from_state(memory.get("ledger"))
        view = self.view()
        if self.is_narrower(memory.get("view"), view):
            before = Ledger({}, before.gone)
        self.begin(memory)
        self.save_state()
        for row in self.earlier(memory):
            yield self.row(row)
        reading = self.read(memory)
        rows = {self.key_of(row): row for row in map(self.row, reading.rows)}
        rows |= self._recheck(before, rows, reading.deleted)
        found = {key: self.day_of(row) for key, row in rows.items()}
        gone = self._gone(before, found, reading.deleted, view)
        memory["ledger"], memory["view"] = before.announcing(found).to_state(), view
        self.save_state()
        yield from rows.values()
        for key, deleted in gone.items():
            yield self._tombstone(key, deleted)
        memory["ledger"] = before.after(found, gone, self.window).to_state()
        self.end(memory)

    def row(self, thing: Row) -> Row:
        """Return the row of an object of the service.

        Raises:
            ExtractError: A value does not fit its column.
        """
        try:
            return {**cast_row(self.shaped(thing), self.schema), DELETED_AT: None}
        except ValueError as error:
            raise ExtractError(
                f"{self.service} sent a row of {self.name} that does not fit: {error}. Report this."
            ) from error

    def shaped(self, thing: Row) -> Row:
        """Return an object of the service with the names of the columns."""
        return thing

    def _recheck(
        self, before: Ledger, rows: dict[str, Row], deleted: dict[str, str]
    ) -> dict[str, Row]:
        """Read again what is missing, or is both listed and reported as deleted.

        What exists is found, and what does not is gone; a row that is missing while others are
        read may only have moved.
        """
        listed = {key: self.day_of(rows[key]) for key in deleted.keys() & rows.keys()}
        missing = before.missing(rows.keys(), self.window)  # type: ignore[arg-type]
        doubtful = {key: day for key, day in missing.items() if key not in deleted} | listed
        if not doubtful:
            return {}
        again = {self.key_of(row): row for row in map(self.row, self.still_there(doubtful))}
        for key in listed:
            if key in again:
                del deleted[key]
            else:
                del rows[key]
        return {key: row for key, row in again.items() if key in doubtful}

    def _gone(
        self, before: Ledger, found: dict[str, str], deleted: dict[str, str], view: Row
    ) -> dict[str, Gone]:
        """Return the rows that are gone, with those that earlier runs found gone.

        Raises:
            ExtractError: It is in doubt, since many are missing or less can be seen than before.
        """
        missing = before.missing(found, self.window)
        unexplained = missing.keys() - deleted.keys()
        if unexplained:
            if self.is_narrower(view, self.view(again=True)):
                raise ExtractError(
                    f"What the token can see at {self.service} changed during the run, so rows of"
                    f" {self.name} that are missing may exist. Run again."
                )
            self.check_share(len(unexplained), len(before.sent))
        now = self.tap.started.isoformat()
        gone = {key: row for key, row in before.gone_in(self.window).items() if key not in found}
        for key, day in {**deleted, **missing}.items():
            gone.setdefault(key, Gone(day, now))
        return gone

    def is_narrower(self, before: Row | None, now: Row) -> bool:
        """Tell whether the token sees less than before, and that is accepted.

        Raises:
            ExtractError: It is not accepted.
        """
        reason = self.sees_less(before, now) if before else None
        if reason and not self.config["accept_changed_view"]:
            raise ExtractError(
                f"{reason} Rows of {self.name} that it cannot see would look deleted, so the run"
                " stops. Use the former token, or run once with accept_changed_view: true; rows"
                " that only the former could see are then left as they are."
            )
        return reason is not None

    def check_share(self, missing: int, of: int) -> None:
        """Make sure that not too many rows are missing to believe it.

        Raises:
            ExtractError: More are missing than the settings allow.
        """
        share = self.config["max_removed_share"]
        if missing <= max(MANY_ROWS, share * of) or self.config["allow_removals"]:
            return
        raise ExtractError(
            f"{missing} of {of} rows of {self.name} are missing at {self.service}, more than the"
            f" share {share} of max_removed_share, and none is marked as deleted. If they are"
            " deleted, run once with allow_removals: true."
        )

    def _tombstone(self, key: str, deleted: Gone) -> Row:
        """Return a row without values: whoever ignores that it is gone still sums right."""
        columns = dict.fromkeys(self.schema["properties"])
        identity = self.identity(key, deleted.day)
        return {**cast_row({**columns, **identity}, self.schema), DELETED_AT: deleted.since}

    def save_state(self) -> None:
        """Write a STATE, so that it survives if the run is killed."""
        self.state_manager.is_flushed = False
        self._write_state_message()
