"""The routes of the API: who asks, for what, and in which form the answer goes out."""

from __future__ import annotations

import json
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse

from clockify_sandbox.google_health import errors, filters, tcx, times
from clockify_sandbox.google_health.errors import HealthError
from clockify_sandbox.google_health.kinds import (
    ALL_SCOPES,
    KINDS,
    LOCATION_SCOPE,
    SESSION_PAGE,
    SETTINGS_SCOPE,
    Kind,
)
from clockify_sandbox.google_health.paging import page
from clockify_sandbox.google_health.points import points, shown_id
from clockify_sandbox.google_health.rollups import rolled_up, windows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from clockify_sandbox.google_health.model import Source
    from clockify_sandbox.google_health.options import Options
    from clockify_sandbox.google_health.points import Point
    from clockify_sandbox.google_health.world import World

Json = dict[str, Any]
BEARER = "Bearer "
PAGE, LARGEST_PAGE, DEVICES = 1_440, 10_000, 5
HALF = 50
SESSIONS = ("exercise", "sleep")
"""The data types whose points have names, and small pages."""
LISTED_WHOLE = ("sleep", "food", "food-measurement-unit")
"""The data types whose list cannot be restricted to a family of sources."""
COMMON_PARAMETERS = frozenset(
    {
        "$.xgafv",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)
"""What every method of Google's APIs takes; only `alt` has an effect here."""
OWN = "self-sources"
FAMILIES: dict[str, frozenset[Source]] = {
    "all-sources": frozenset({"tracker", "manual", "app"}),
    "google-sources": frozenset({"tracker", "manual"}),
    "google-wearables": frozenset({"tracker"}),
    OWN: frozenset(),
}
RECORDED = {
    "tracker": {
        "recordingMethod": "PASSIVELY_MEASURED",
        "platform": "FITBIT",
        "device": {"displayName": "Charge 6"},
    },
    "manual": {"recordingMethod": "MANUAL", "platform": "FITBIT"},
    "app": {"recordingMethod": "UNKNOWN", "platform": "GOOGLE_WEB_API"},
}
TCX = ":exportExerciseTcx"


class Api:
    """The stand-in's state beside its world: the switches, and the requests of the last minute."""

    def __init__(self, world: World, options: Options) -> None:
        """Serve this world."""
        self.world = world
        self.options = options
        self._recent: deque[datetime] = deque()

    def endpoint(
        self, handler: Callable[[Call], Response | Json]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Make a handler of calls one of requests."""

        async def serve(request: Request) -> Response:
            body = await request.body()
            try:
                with self.world.lock:
                    answer = handler(Call(self, request, body))
            except HealthError as refusal:
                return JSONResponse(refusal.body(), refusal.code, refusal.headers)
            return JSONResponse(answer) if isinstance(answer, dict) else answer

        return serve

    def count(self) -> None:
        """Refuse a request that is one too many in a minute."""
        limit, now = self.options.requests_per_minute, self.world.now()
        if limit is None:
            return
        while self._recent and self._recent[0] <= now - timedelta(minutes=1):
            self._recent.popleft()
        if len(self._recent) >= limit:
            raise errors.exhausted()
        self._recent.append(now)


class Call:
    """A request with a valid token, to be answered while the world's lock is held."""

    def __init__(self, api: Api, request: Request, body: bytes) -> None:
        """Refuse a token that is not valid, and somebody else's data."""
        self.world, self.options = api.world, api.options
        self.query, self.path = request.query_params, request.path_params
        self._body = body
        given = request.headers.get("authorization", "")
        if not given.startswith(BEARER):
            raise errors.unauthenticated(missing=True)
        grant = self.world.access_tokens.get(given.removeprefix(BEARER).strip())
        if grant is None or (grant.expires is not None and grant.expires <= self.world.now()):
            raise errors.unauthenticated(missing=False)
        api.count()
        self.scopes = grant.scopes
        if self.path["user"] not in ("me", self.world.health_user_id):
            raise errors.denied("The caller does not have permission.")

    def require(self, *scopes: str) -> None:
        """Refuse a token that has none of these scopes."""
        if not self.scopes & set(scopes):
            raise errors.scope_insufficient(sorted(ALL_SCOPES & set(scopes)))

    def allow(self, *names: str) -> None:
        """Refuse parameters of the query that the method does not have."""
        unknown = sorted(set(self.query) - COMMON_PARAMETERS - set(names))
        if unknown:
            raise errors.invalid(
                f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot bind query'
                " parameter."
            )

    def kind(self) -> Kind:
        """Find the data type of the path, and refuse a token that may not even write it."""
        kind = KINDS.get(self.path["type"])
        if kind is None:
            if self.options.unknown_type == 404:  # noqa: PLR2004 -- a status
                raise errors.not_found()
            raise errors.invalid(f"Unsupported data type: {self.path['type']}.")
        self.require(kind.read_scope, kind.write_scope)
        return kind

    def body(self) -> Json:
        """Read the body as an object."""
        try:
            found = json.loads(self._body or b"{}")
        except ValueError as error:
            raise errors.invalid("Invalid JSON payload received.") from error
        if not isinstance(found, dict):
            raise errors.invalid("Invalid JSON payload received. Root element must be a message.")
        return found

    def sources(self, kind: Kind, family: str) -> frozenset[Source]:
        """Read a family of data sources, as a resource name.

        A client that may only write a data type reads nothing but what it has written.
        """
        reads = kind.read_scope in self.scopes
        if not family:
            return FAMILIES["all-sources" if reads else OWN]
        for user in ("me", self.world.health_user_id):
            prefix = f"users/{user}/dataSourceFamilies/"
            name = family.removeprefix(prefix)
            if family.startswith(prefix) and name in FAMILIES:
                if not reads and name != OWN:
                    raise errors.denied(f"The caller may only read {OWN} of {kind.id}.")
                return FAMILIES[name]
        raise errors.invalid(f"Invalid data source family: {family}.")


def identity(call: Call) -> Json:
    """Answer `GET users/me/identity`, for which any scope will do."""
    call.allow()
    call.require(*ALL_SCOPES)
    return {
        "name": f"users/{call.path['user']}/identity",
        "healthUserId": call.world.health_user_id,
        "legacyUserId": call.world.legacy_user_id,
    }


def settings(call: Call) -> Json:
    """Answer `GET users/me/settings`."""
    call.allow()
    call.require(SETTINGS_SCOPE)
    return {
        "name": f"users/{call.path['user']}/settings",
        "timeZone": call.world.zone,
        "utcOffset": times.duration(call.world.offset_at(call.world.now())),
        "distanceUnit": "DISTANCE_UNIT_KILOMETERS",
        "weightUnit": "WEIGHT_UNIT_KILOGRAMS",
        "languageLocale": "en_AU",
        "autoStrideEnabled": True,
    }


def paired_devices(call: Call) -> Json:
    """Answer `GET users/me/pairedDevices`."""
    call.allow("pageSize", "pageToken")
    call.require(SETTINGS_SCOPE)
    user = call.world.health_user_id
    shown = [
        {
            "name": f"users/{user}/pairedDevices/{device.id}",
            "deviceType": device.type,
            "deviceVersion": device.version,
            "lastSyncTime": times.timestamp(device.synced),
            "batteryLevel": device.battery,
            "batteryStatus": "High" if device.battery > HALF else "Medium",
        }
        for device in call.world.devices
    ]
    keys = [f"{number:06}" for number in range(len(shown))]
    size = _size(call.query.get("pageSize"), DEVICES, 100)
    found = page(keys, size, call.query.get("pageToken", ""), ["devices", size], call.options)
    return _with_token({"pairedDevices": shown[found.first : found.end]}, found.token)


def listed(call: Call) -> Json:
    """Answer `GET .../dataPoints`."""
    kind = call.kind()
    if not kind.listed:
        raise errors.invalid(f"List is not supported for the data type {kind.id}.")
    if kind.id in LISTED_WHOLE:
        if call.query.get("dataSourceFamily"):
            raise errors.invalid(f"Filtering by data source family is not supported for {kind.id}.")
        if kind.read_scope not in call.scopes:
            raise errors.denied(f"The caller may not list {kind.id}.")
    return _points(call, kind, "name", with_source=True)


def reconciled(call: Call) -> Json:
    """Answer `GET .../dataPoints:reconcile`."""
    kind = call.kind()
    if not (kind.listed and kind.reconciled):
        raise errors.invalid(f"Reconcile is not supported for the data type {kind.id}.")
    return _points(call, kind, "dataPointName", with_source=False)


def _points(call: Call, kind: Kind, name: str, *, with_source: bool) -> Json:
    call.allow("filter", "pageSize", "pageToken", "dataSourceFamily")
    wanted = filters.parse(call.query.get("filter", ""), kind, call.options)
    family = call.query.get("dataSourceFamily", "")
    sources = call.sources(kind, family)
    found = [
        point
        for point in points(call.world, kind, call.options)
        if point.source in sources and wanted(point.filtered)
    ]
    small = kind.id in SESSIONS
    default, largest = (SESSION_PAGE, SESSION_PAGE) if small else (PAGE, LARGEST_PAGE)
    size = _size(call.query.get("pageSize"), default, largest)
    asked = [kind.id, name, call.query.get("filter", ""), family, size]
    keys = [point.key for point in found]
    cut = page(keys, size, call.query.get("pageToken", ""), asked, call.options)
    shown = [
        _written(call, kind, point, name, with_source=with_source)
        for point in found[cut.first : cut.end]
    ]
    return _with_token({"dataPoints": shown} if shown else {}, cut.token)


def _written(call: Call, kind: Kind, point: Point, name: str, *, with_source: bool) -> Json:
    written: Json = {kind.field: point.value}
    if point.id is not None:
        shown = shown_id(point.id, call.options)
        user = call.world.health_user_id
        written[name] = f"users/{user}/dataTypes/{kind.id}/dataPoints/{shown}"
    if with_source:
        written["dataSource"] = RECORDED[point.source]
    return written


def one(call: Call) -> Response | Json:
    """Answer `GET .../dataPoints/{id}`, and `:exportExerciseTcx` of an exercise."""
    kind = call.kind()
    asked: str = call.path["id"]
    if asked.endswith(TCX):
        return _export(call, kind, asked.removesuffix(TCX))
    call.allow()
    sources = call.sources(kind, "")
    for point in points(call.world, kind, call.options):
        if point.id is not None and shown_id(point.id, call.options) == asked:
            if point.source not in sources:
                break
            return _written(call, kind, point, "name", with_source=True)
    raise errors.not_found()


def _export(call: Call, kind: Kind, point_id: str) -> Response | Json:
    if kind.id != "exercise":
        raise errors.not_found()
    call.allow("partialData")
    call.require(kind.read_scope)
    call.require(LOCATION_SCOPE)
    asked = call.query.get("partialData", "false")
    if asked not in {"true", "false"}:
        raise errors.invalid(f"Invalid value at 'partialData': {asked!r}.")
    for exercise in call.world.exercises.values():
        if shown_id(exercise.id, call.options) == point_id:
            text = tcx.document(exercise, call.options, partial=asked == "true")
            if call.query.get("alt") == "media":
                return PlainTextResponse(text, media_type="application/vnd.garmin.tcx+xml")
            return {"tcxData": text}
    raise errors.not_found()


def daily_roll_up(call: Call) -> Json:
    """Answer `POST .../dataPoints:dailyRollUp`."""
    kind = call.kind()
    is_rolled = kind.rollup is not None
    if kind.id == "activity-level":
        is_rolled = call.options.activity_level_rollup
    if not is_rolled:
        raise errors.invalid(f"Daily roll-up is not supported for the data type {kind.id}.")
    call.allow()
    body = call.body()
    unknown = set(body) - {"range", "windowSizeDays", "pageSize", "pageToken", "dataSourceFamily"}
    if unknown:
        raise errors.invalid(f'Invalid JSON payload received. Unknown name "{min(unknown)}".')
    sources = call.sources(kind, str(body.get("dataSourceFamily") or ""))
    rolled = [
        found
        for window in windows(body, kind)
        if (found := rolled_up(call.world, kind, window, sources, call.options))
    ]
    if call.options.rollup_order == "descending":
        rolled.reverse()
    size = _size(body.get("pageSize"), kind.most_days, kind.most_days)
    asked = {name: value for name, value in body.items() if name != "pageToken"}
    keys = [f"{number:06}" for number in range(len(rolled))]
    cut = page(keys, size, str(body.get("pageToken") or ""), [kind.id, asked], call.options)
    shown = rolled[cut.first : cut.end]
    return _with_token({"rollupDataPoints": shown} if shown else {}, cut.token)


def _size(given: object, default: int, largest: int) -> int:
    try:
        size = int(str(given or 0))
    except ValueError as error:
        raise errors.invalid(f"Invalid value at 'pageSize': {given!r}.") from error
    if size < 0:
        raise errors.invalid("The page size must not be negative.")
    return min(size or default, largest)


def _with_token(body: Json, token: str | None) -> Json:
    return {**body, "nextPageToken": token} if token else body
