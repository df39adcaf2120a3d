"""The points of each exercise, from a file that is read only if the exercise is new or changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from singer_ledger.errors import ExtractError, RefusedError
from singer_ledger.stream import DELETED_AT, Row
from typing_extensions import override

from tap_fitbit import kinds
from tap_fitbit.client import FORBIDDEN
from tap_fitbit.sessions import PointStream, civil_start, point_id
from tap_fitbit.tcx import track_points
from tap_fitbit.values import numeric_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

NO_FILE = frozenset({400, 404})
"""Statuses for exercises of which there is no file."""


class ActivityDetail(PointStream):
    """Track points of exercises.

    Instead of a ledger of points, which are many, the state has for each exercise of the window its
    last change and how many points each lap has.
    """

    name = "activity_detail"
    kind = kinds.EXERCISE
    primary_keys = ("user_id", "data_point_id", "lap_number", "point_order")

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        memory = self.get_context_state(context)
        view = self.view()
        if self.is_narrower(memory.get("view"), view):
            memory.pop("exercises", None)
        memory["view"] = view
        if history := self.history(memory):
            for point in self.points(self.kind, history):
                yield from map(self.row, self._rows([point]))
        known = self._known(memory)
        found = {point_id(point): point for point in self.points(self.kind, self.window)}
        missing = self._missing(known, found)
        for key, point in found.items():
            if known.get(key, {}).get("updated") != self._updated(point):
                yield from self._changed(known, key, point)
        for key, exercise in missing.items():
            yield from self._cut(key, exercise, {})
            del known[key]
        first = self.window.first.isoformat()
        memory["exercises"] = {
            key: exercise for key, exercise in known.items() if exercise["day"] >= first
        }
        self.end(memory)

    def _known(self, memory: Row) -> dict[str, Row]:
        """Return what the state has, and let the state share what is noted there from now on."""
        known: dict[str, Row] = memory.setdefault("exercises", {})
        is_right = isinstance(known, dict) and all(
            isinstance(each, dict) and isinstance(each.get("laps"), dict) and each.get("day")
            for each in known.values()
        )
        if not is_right:
            raise ExtractError(
                f"The state of {self.name} cannot be read. Restore the state of the last successful"
                " run, or run once without a state."
            )
        return known

    def _missing(self, known: dict[str, Row], found: dict[str, Row]) -> dict[str, Row]:
        """Return the exercises that are gone, after a second look."""
        missing = {
            key: exercise
            for key, exercise in known.items()
            if key not in found and self.window.has(exercise["day"])
        }
        if missing:
            for point in self.again({key: each["day"] for key, each in missing.items()}):
                if missing.pop(point_id(point), None):
                    found[point_id(point)] = point
            self.check_share(len(missing), len(known))
        return missing

    def _changed(self, known: dict[str, Row], key: str, point: Row) -> Iterator[Row]:
        """Send the points of an exercise, and remove those that it had beyond them."""
        rows = [self.row(row) for row in self._rows([point])]
        day = civil_start(point["exercise"]["interval"]).date().isoformat()
        laps = Counter(str(row["lap_number"]) for row in rows)
        before = known.get(key, {"laps": {}})
        most = Counter(before["laps"]) | laps
        # If the run is killed meanwhile, any of these points may have been loaded.
        known[key] = {"day": day, "updated": None, "laps": dict(most)}
        self.save_state()
        yield from rows
        yield from self._cut(key, known[key], laps)
        known[key] = {"day": day, "updated": self._updated(point), "laps": dict(laps)}

    def _cut(self, key: str, exercise: Row, left: dict[str, int]) -> Iterator[Row]:
        """Send as gone the points of an exercise that are not left."""
        for lap, points in exercise["laps"].items():
            for order in range(left.get(lap, 0), points):
                row = dict.fromkeys(self.schema["properties"])
                row |= {
                    "user_id": self.user_id,
                    "data_point_id": key,
                    "lap_number": int(lap),
                    "point_order": order,
                    "date": exercise["day"],
                    DELETED_AT: self.tap.started.isoformat(),
                }
                yield row

    @override
    def rows_of(self, point: Row) -> Iterator[Row]:
        key, interval = point_id(point), point["exercise"]["interval"]
        day = civil_start(interval).date().isoformat()
        for row in track_points(self._file(key), interval.get("startUtcOffset")):
            yield {"data_point_id": key, "log_id": numeric_id(key), "date": day, **row}

    def _file(self, key: str) -> str:
        """Return the file of an exercise; an empty one if there is none."""
        path = f"/users/me/dataTypes/exercise/dataPoints/{key}:exportExerciseTcx"
        try:
            text = self.ask(path, {"alt": "media", "partialData": "true"}, as_json=False)
        except RefusedError as error:
            if error.status == FORBIDDEN:
                raise self.without_scope(kinds.LOCATION, error) from error
            if error.status in NO_FILE:
                return "<none/>"
            raise
        self.shared.archive.keep("exercise_tcx", path, text, "tcx")
        return str(text)

    def _updated(self, point: Row) -> Any:
        """Return when an exercise was last changed; what has no such instant is read every time."""
        return point["exercise"].get("updateTime", self.processed)
