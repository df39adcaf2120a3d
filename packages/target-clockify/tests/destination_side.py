"""A destination with natives, with people who edit it, and what it should hold in the end."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

from source_side import PROJECTS, TAGS, TASKS, utc
from standin_workspace import Workspace, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from source_side import Entry

PERSON = {"u1": "u1", "u2": "u2", "s3": "d3"}
"""The id at the destination of each person of the source."""

Facts = tuple[Any, ...]


def furnished(zone: str, *, refuses_unknown: bool, client: str | None, is_whole: bool) -> Workspace:
    """Make a destination that has people, and a part of the projects, tasks and tags.

    Args:
        zone: The account's time zone.
        refuses_unknown: See ``Workspace``.
        client: The client that has the source's projects; None for clients of the same names.
        is_whole: Whether nothing is missing.
    """
    place = Workspace(zone, refuses_unknown=refuses_unknown)
    place.add_user("u1", "ada@example.com", "Ada")
    place.add_user("u2", "bo@example.com", "Bo")
    place.add_user("d3", "cy@example.org", "Cy")
    place.create_project({"name": "Own"})
    for name, of in PROJECTS.items():
        if not is_whole and name in {"App", "Ops"}:
            continue
        project = place.create_project({"name": name, "clientId": _client(place, client or of)})
        for task in TASKS[name] if is_whole else TASKS[name][:1]:
            place.create_task(project["id"], {"name": task})
    if client:
        # The same name under another client must not matter.
        place.create_project({"name": "Web", "clientId": _client(place, "Elsewhere")})
    for tag in TAGS if is_whole else TAGS[1:4]:
        place.create_tag({"name": tag})
    return place


def _client(place: Workspace, name: str) -> str:
    found = [row for row in place.clients.values() if row["name"] == name]
    return str((found[0] if found else place.create_client({"name": name}))["id"])


def facts_of_copy(place: Workspace, row: dict[str, Any]) -> Facts:
    """Say what must be equal, of an entry of the destination."""
    project = place.projects.get(row["projectId"] or "")
    tasks = {task["id"]: task["name"] for task in project["tasks"]} if project else {}
    return (
        row["userId"],
        row["timeInterval"]["start"],
        row["timeInterval"]["end"],
        project["name"] if project else None,
        tasks.get(row["taskId"]),
        tuple(sorted(place.tags[each]["name"] for each in row["tagIds"])),
        row["description"],
        row["billable"],
    )


def facts_of_source(entry: Entry, person: Callable[[str], str]) -> Facts:
    """Say what must be equal, of an entry of the source that has ended."""
    assert entry.end is not None
    return (
        person(entry.user),
        utc(entry.start),
        utc(entry.end),
        entry.project,
        entry.task,
        tuple(sorted(entry.tags)),
        entry.description,
        entry.billable,
    )


def differences(
    place: Workspace, natives: Iterable[str], expected: Iterable[Facts]
) -> tuple[list[Facts], list[Facts]]:
    """Return which copies are missing and which are too many."""
    known = set(natives)
    actual = Counter(
        facts_of_copy(place, row) for key, row in place.entries.items() if key not in known
    )
    wanted = Counter(expected)
    return list((wanted - actual).elements()), list((actual - wanted).elements())


class Natives:
    """Entries that people of the destination made; the target must not touch them.

    Attributes:
        rows: How they should be, by id.
        ids: The ids of all that were ever made.
    """

    def __init__(self, place: Workspace) -> None:
        """Begin with none."""
        self.rows: dict[str, dict[str, Any]] = {}
        self.ids: set[str] = set()
        self._place = place

    def make(self, user: str, **body: Any) -> str:
        """Make one."""
        row = self._place.create_entry(user, body)
        self.ids.add(row["id"])
        # A timer that starts stops another one, which may be a native, too.
        entries = self._place.entries
        for key in {row["id"], *self.rows} & entries.keys():
            self.rows[key] = copy.deepcopy(entries[key])
        return str(row["id"])

    def edit(self, native: str, **changes: Any) -> None:
        """Edit one."""
        edit(self._place, native, **changes)
        self.rows[native] = copy.deepcopy(self._place.entries[native])

    def delete(self, native: str) -> None:
        """Delete one."""
        self._place.delete_entry(native)
        del self.rows[native]

    def harmed(self) -> list[str]:
        """Describe every native that is not as its people left it."""
        return [
            f"{row} is now {self._place.entries.get(key)}"
            for key, row in self.rows.items()
            if self._place.entries.get(key) != row
        ]


def edit(place: Workspace, entry_id: str, **changes: Any) -> None:
    """Edit an entry as the web app does, which sends what it does not change, too."""
    row = place.entries[entry_id]
    times = {key: value for key, value in row["timeInterval"].items() if key != "duration"}
    same = ("description", "billable", "projectId", "taskId", "tagIds")
    fields = [
        {"customFieldId": each["customFieldId"], "value": each["value"]}
        for each in row["customFieldValues"]
    ]
    body = {**times, **{key: row[key] for key in same}, "customFields": fields, **changes}
    if body["projectId"] != row["projectId"]:
        body["taskId"] = None
    place.replace_entry(entry_id, {key: value for key, value in body.items() if value is not None})


def day_of(row: dict[str, Any]) -> str:
    """Return the day in UTC on which an entry of the destination starts."""
    return instant(row["timeInterval"]["start"]).date().isoformat()
