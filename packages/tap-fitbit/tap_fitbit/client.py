"""The Google Health API: its tokens, pages and roll-ups, and whose data they are."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from typing import TYPE_CHECKING, Any

from singer_ledger.errors import ExtractError, RefusedError
from singer_ledger.settings import safe_address, start_day
from singer_ledger.stream import LedgerStream, Row
from singer_ledger.windows import Window, windows
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.exceptions import RetriableAPIError
from typing_extensions import override

from tap_fitbit import kinds, schemas
from tap_fitbit.values import to_civil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import requests
    from singer_ledger.tap import LedgerTap

    from tap_fitbit.kinds import Kind
    from tap_fitbit.run import Run
    from tap_fitbit.tokens import GoogleToken

SCHEMAS = SchemaDirectory(schemas)
DAY = dt.timedelta(days=1)
UNAUTHORIZED, FORBIDDEN, GONE = 401, 403, 410


class HealthStream(LedgerStream):
    """A stream of one person, of which each run reads a window of days."""

    service = "Google Health"
    path = "/users/me"
    schema = StreamSchema(SCHEMAS)

    def __init__(self, tap: LedgerTap, shared: Run) -> None:
        """Make a stream of a run."""
        super().__init__(tap)
        self.shared = shared

    @property
    @override
    def url_base(self) -> str:
        return safe_address("api_url", self.config["api_url"])

    @property
    @override
    def authenticator(self) -> GoogleToken:
        return self.shared.token

    @override
    def validate_response(self, response: requests.Response) -> None:
        """Get another token if one expired; a new one that is refused as well is an error."""
        if response.status_code == UNAUTHORIZED and not self.shared.was_unauthorized:
            self.shared.was_unauthorized = True
            self.authenticator.forget(response.request.headers.get("Authorization"))
            raise RetriableAPIError("The access token is not valid any more.", response)
        super().validate_response(response)
        self.shared.was_unauthorized = False

    @override
    def advice(self, status: int) -> str:
        match status:
            case 401:
                return "Run tap-fitbit authorize, and set refresh_token to what it prints."
            case 410:
                return "Fitbit's own API ended on 2026-11-02. Leave api_url out to use Google's."
        return ""

    def data(
        self, kind: Kind, method: str, params: Mapping[str, Any] | None, body: Any = None
    ) -> Any:
        """Ask about a data type, and note the request and its answer.

        Raises:
            ExtractError: The person has not granted the scope.
            RefusedError: Google refuses for another reason.
        """
        path = f"/users/me/dataTypes/{kind.name}/dataPoints{method}"
        try:
            answer = self.ask(path, params, body)
        except RefusedError as error:
            if error.status == FORBIDDEN:
                raise self.without_scope(kind.scope, error) from error
            raise
        self.shared.archive.keep(
            f"{kind.name}{method.replace(':', '_')}", path, json.dumps(answer), "json"
        )
        return answer

    def without_scope(self, scope: str, error: RefusedError) -> ExtractError:
        """Return the error for a consent that lacks a scope."""
        return ExtractError(
            f"{error} The stream {self.name} needs the scope googlehealth.{scope}.readonly. Run"
            " tap-fitbit authorize, consent to all scopes, and set refresh_token to what it"
            " prints; or deselect the stream."
        )

    def points(self, kind: Kind, window: Window | None = None) -> list[Row]:
        """Return the data points of a window of the person's days, once a run.

        The answer has one stream of points from all sources, as the app shows it. A page may be
        empty and have a next one.
        """
        key = (kind.name, window)
        if key not in self.shared.points:
            self.shared.points[key] = list(self._pages(kind, window))
        return self.shared.points[key]

    def _pages(self, kind: Kind, window: Window | None) -> Iterable[Row]:
        params: Row = {"pageSize": kind.page, "dataSourceFamily": self.family()}
        if window:
            after = window.last + DAY
            params["filter"] = kind.limits(window.first.isoformat(), after.isoformat())
        while True:
            answer = self.data(kind, ":reconcile", params)
            yield from answer.get("dataPoints", ())
            if not (token := answer.get("nextPageToken")):
                return
            params["pageToken"] = token

    def rollups(self, kind: Kind, window: Window, family: str | None = None) -> dict[str, Any]:
        """Return the values of a data type by day, as YYYY-MM-DD; days without data are absent."""
        found = {}
        for piece in windows(*window, kind.longest):
            body: Row = {
                "range": {"start": to_civil(piece.first), "end": to_civil(piece.last + DAY)},
                "windowSizeDays": 1,
                "dataSourceFamily": self.family(family),
            }
            while True:
                answer = self.data(kind, ":dailyRollUp", None, body)
                for point in answer.get("rollupDataPoints", ()):
                    date = point["civilStartTime"]["date"]
                    day = dt.date(date["year"], date["month"], date["day"]).isoformat()
                    found[day] = point.get(kind.member, {})
                if not (token := answer.get("nextPageToken")):
                    break
                body["pageToken"] = token
        return found

    def family(self, name: str | None = None) -> str:
        """Return the sources that count, as a resource name."""
        return f"users/me/dataSourceFamilies/{name or self.config['data_source_family']}"

    @override
    def view(self, *, again: bool = False) -> Row:
        return {"user_id": self.user_id}

    @property
    def user_id(self) -> str:
        """The person's id: that of Fitbit, which older rows have, else Google's."""
        if self.shared.user_id is None:
            who = self.ask("/users/me/identity")
            user_id = who.get("legacyUserId") or who.get("healthUserId")
            if not user_id:
                raise ExtractError("Google Health did not say whose data these are. Report this.")
            self.shared.user_id = str(user_id)
        return self.shared.user_id

    @property
    def today(self) -> dt.date:
        """The day of the run, by the person's calendar."""
        if self.shared.zone is None:
            try:
                name = self.ask("/users/me/settings").get("timeZone") or "UTC"
                self.shared.zone = zoneinfo.ZoneInfo(name)
            except RefusedError as error:
                if error.status == FORBIDDEN:
                    raise self.without_scope(kinds.SETTINGS, error) from error
                raise
            except (ValueError, zoneinfo.ZoneInfoNotFoundError):
                self.logger.warning("The person's time zone is not known here: days are UTC's.")
                self.shared.zone = dt.UTC
        return self.tap.started.astimezone(self.shared.zone).date()

    @property
    @override
    def window(self) -> Window:
        first = self.today - dt.timedelta(days=self.config["lookback_days"])
        start = start_day(self.config)
        return Window(min(max(first, start or first), self.today), self.today)

    def history(self, memory: Row) -> Window | None:
        """Return the days before the window that were never read; None if there are none."""
        start = start_day(self.config)
        until = self.window.first
        if read_from := memory.get("read_from"):
            until = min(until, dt.date.fromisoformat(read_from))
        return Window(start, until - DAY) if start and start < until else None

    @override
    def end(self, memory: Row) -> None:
        days = [self.window.first, start_day(self.config) or self.window.first]
        if read_from := memory.get("read_from"):
            days.append(dt.date.fromisoformat(read_from))
        memory["read_from"] = min(days).isoformat()

    @property
    def processed(self) -> str:
        """The instant of the run, as the replaced pipeline noted it in every row."""
        return self.tap.started.isoformat()
