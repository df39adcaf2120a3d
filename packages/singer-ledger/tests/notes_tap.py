"""A small tap with a ledger: notes by day, of a service that tests answer for."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import responses
from singer_ledger.settings import REMOVALS
from singer_ledger.stream import LedgerStream, Reading, Row
from singer_ledger.tap import LedgerTap
from singer_ledger.windows import Window
from singer_sdk import Stream
from singer_sdk import typing as th
from typing_extensions import override

URL = "https://notes.example"
TODAY = dt.date(2026, 11, 20)
KEY = "a-very-secret-key"


class Notes(LedgerStream):
    """Notes of the last ten days."""

    service = "Notes"
    name = "notes"
    path = "/notes"
    primary_keys = ("id",)
    day_column = "day"
    url_base = URL
    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True),
        th.Property("day", th.DateType),
        th.Property("hours", th.NumberType),
        th.Property("_sdc_deleted_at", th.DateTimeType),
    ).to_dict()

    @property
    @override
    def window(self) -> Window:
        return Window(TODAY - dt.timedelta(days=10), TODAY)

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(self.ask(self.path), dict(self.ask("/deleted")))

    @override
    def still_there(self, doubtful: Any) -> list[Row]:
        return list(self.ask("/again"))

    @override
    def view(self, *, again: bool = False) -> Row:
        return {"user": self.ask("/me")}


class NotesTap(LedgerTap):
    """The tap."""

    name = "tap-notes"
    config_jsonschema = th.PropertiesList(
        th.Property("api_key", th.StringType, secret=True), *REMOVALS
    ).to_dict()

    @override
    def discover_streams(self) -> list[Stream]:
        return [Notes(self)]


class Service:
    """What the service answers."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        """Let a mock answer for it."""
        self.mock = mock
        self.users = ["ada"]
        """Whose token it is, each time that it is asked; the last one stays."""
        self.notes: list[Row] = []
        self.deleted: dict[str, str] = {}
        self.again: list[Row] = []
        for path, name in (
            ("/notes", "notes"),
            ("/deleted", "deleted"),
            ("/again", "again"),
        ):
            mock.add_callback(responses.GET, URL + path, self._answering(name))
        mock.add_callback(responses.GET, f"{URL}/me", self._user)

    def _user(self, _request: object) -> tuple[int, dict[str, str], str]:
        user = self.users.pop(0) if len(self.users) > 1 else self.users[0]
        return 200, {}, json.dumps(user)

    def _answering(self, name: str) -> Any:
        def answer(_request: object) -> tuple[int, dict[str, str], str]:
            return 200, {}, json.dumps(getattr(self, name))

        return answer


def note(number: int, day: dt.date = TODAY, hours: float = 1) -> Row:
    """Make a note."""
    return {"id": str(number), "day": day.isoformat(), "hours": hours}
