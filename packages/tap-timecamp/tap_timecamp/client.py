"""TimeCamp's API: its address, its token, its answers, and what its token can see."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from singer_ledger.errors import ExtractError
from singer_ledger.settings import start_day
from singer_ledger.stream import LedgerStream, Row
from singer_ledger.windows import Window, windows
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.authenticators import BearerTokenAuthenticator
from typing_extensions import override

from tap_timecamp import schemas
from tap_timecamp.settings import base_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_ledger.tap import LedgerTap

    from tap_timecamp.run import Run

SCHEMAS = SchemaDirectory(schemas)
PIECE_DAYS = 181
"""Days of a request: 180 and the day itself. TimeCamp's own program reads six months at once; no
documentation has a limit (timecamp-org/good-enough-timecamp-data-pipeline, 5c7e181)."""
SERVER_ZONE = ZoneInfo("Europe/Warsaw")
"""The zone of TimeCamp's clock, as its own program takes it; TimeCamp documents none. Days by this
clock are therefore read with one day more on both sides."""


class TimeCampStream(LedgerStream):
    """A stream of TimeCamp."""

    service = "TimeCamp"
    schema = StreamSchema(SCHEMAS)

    def __init__(self, tap: LedgerTap, shared: Run) -> None:
        """Make a stream of a run."""
        super().__init__(tap)
        self.shared = shared

    @property
    @override
    def url_base(self) -> str:
        return base_url(self.config)

    @cached_property
    @override
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["api_key"])

    @override
    def advice(self, status: int) -> str:
        match status:
            case 401:
                return "Set api_key to a token that is valid: profile settings in TimeCamp."
            case 403 if self.config.get("user_ids"):
                return "Check that user_ids has people whose time the owner of api_key may see."
            case 403:
                return "Use the token of a time tracking administrator."
        return ""

    def listed(self, path: str, **params: Any) -> list[Row]:
        """Return the objects that TimeCamp lists, whether as a list or by their ids.

        PHP, in which TimeCamp is written, makes a list of an object without members, and an
        object of a list with gaps.

        Raises:
            ExtractError: The answer is something else.
        """
        found = self.ask(path, params)
        things = list(found.values()) if isinstance(found, dict) else found
        if not isinstance(things, list) or not all(isinstance(each, dict) for each in things):
            raise ExtractError(
                f"TimeCamp answered {path} with something that is not a list of objects. If api_url"
                " is right, report this."
            )
        return things

    def tasks(self) -> list[Row]:
        """Return all tasks, asked for once a run."""
        return self._once("/tasks", status="all")

    def people(self) -> list[Row]:
        """Return all people, asked for once a run."""
        return self._once("/users")

    def tags(self) -> list[Row]:
        """Return all tags with their lists, asked for once a run."""
        return [
            {
                "tag_list_id": each["id"],
                "tag_list_name": each.get("name"),
                "tag_list_archived": each.get("archived"),
                "tag_id": tag.get("id", tag.get("tagId")),
                "name": tag.get("name"),
                "archived": tag.get("archived"),
            }
            for each in self._once("/tag_list", tags=1, archived=1)
            for tag in members(each.get("tags"))
        ]

    def _once(self, path: str, **params: Any) -> list[Row]:
        if path not in self.shared.lists:
            self.shared.lists[path] = self.listed(path, **params)
        return self.shared.lists[path]

    @override
    def view(self, *, again: bool = False) -> Row:
        if again or self.shared.view is None:
            me = self.ask("/me")
            rights = me.get("permissions") if isinstance(me, dict) else None
            if not isinstance(rights, dict):
                raise ExtractError("TimeCamp did not say who the owner of api_key is. Report this.")
            self.shared.view = {
                "user_id": str(me.get("user_id")),
                "root_group_id": str(me.get("root_group_id")),
                "is_admin": bool(rights.get("time_tracking_admin")),
                "user_ids": _ids(self.config.get("user_ids")),
            }
        return self.shared.view

    @override
    def sees_less(self, before: Row, now: Row) -> str | None:
        if before["root_group_id"] != now["root_group_id"]:
            return "The owner of api_key belongs to another account than before."
        if before["user_ids"] != now["user_ids"]:
            return "user_ids has changed."
        if now["is_admin"]:
            return None  # Administrators of an account see all of it.
        if before["is_admin"]:
            return "The owner of api_key is not a time tracking administrator any more."
        if before["user_id"] != now["user_id"]:
            return "api_key belongs to somebody else, who is not a time tracking administrator."
        return None

    @property
    def server_day(self) -> dt.date:
        """The day of the run, by TimeCamp's clock."""
        return self.tap.started.astimezone(SERVER_ZONE).date()


class WindowStream(TimeCampStream):
    """A stream that TimeCamp lists by day, of which each run reads a window."""

    @property
    def first_day(self) -> dt.date | None:
        """The first day that was asked for."""
        return start_day(self.config)

    @property
    @override
    def window(self) -> Window:
        today = self.tap.started.date()
        first = today - dt.timedelta(days=self.config["lookback_days"])
        if self.first_day:
            first = max(first, self.first_day)
        # Where the day begins first, it is tomorrow already.
        last = today + dt.timedelta(days=max(1, self.config["ahead_days"]))
        return Window(min(first, last), last)

    def pieces(self) -> list[Window]:
        """Cut the window into requests. The last one has the days ahead as well."""
        today = max(self.window.first, self.tap.started.date())
        *pieces, newest = windows(self.window.first, today, PIECE_DAYS)
        return [*pieces, Window(newest.first, self.window.last)]

    def between(self, window: Window) -> list[Row]:
        """Return the objects of a window."""
        return self.listed(self.path, **{"from": window.first, "to": window.last})

    @override
    def earlier(self, memory: Row) -> Iterable[Row]:
        if self.first_day is None:
            return
        until = self.window.first
        if read_from := memory.get("read_from"):
            until = min(until, dt.date.fromisoformat(read_from))
        for piece in windows(self.first_day, until - dt.timedelta(days=1), PIECE_DAYS):
            yield from self.between(piece)

    @override
    def end(self, memory: Row) -> None:
        days = [self.window.first, self.first_day or self.window.first]
        if read_from := memory.get("read_from"):
            days.append(dt.date.fromisoformat(read_from))
        memory["read_from"] = min(days).isoformat()


def members(things: Any) -> list[Row]:
    """Return the objects of a list, or of an object by their ids."""
    found = list(things.values()) if isinstance(things, dict) else things or []
    return [each for each in found if isinstance(each, dict)]


def _ids(text: str | None) -> str:
    return ",".join(sorted(each.strip() for each in (text or "").split(",") if each.strip()))
