"""One workspace of Clockify, as its documentation describes it, for tests of the target only."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import re
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

LONGEST_DESCRIPTION = 3000
LARGEST_PAGE = {"entries": 1000, "lists": 5000}
MOST_IN_BULK = 50
MOST_IN_BATCH = 200
TYPES = {"REGULAR", "BREAK"}


class RefusalError(Exception):
    """The request is refused and has no effect.

    Attributes:
        status: The HTTP status.
        code: Clockify's code in the body.
    """

    def __init__(self, message: str, status: int = 400, code: int = 501) -> None:
        """Set the message of the body, the status and the code."""
        super().__init__(message)
        self.status = status
        self.code = code


def instant(text: str) -> dt.datetime:
    """Read an instant of the API."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def written(moment: dt.datetime) -> str:
    """Write an instant as the API does."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


class Workspace:
    """What the destination holds, and what each route does with it.

    Attributes:
        entries: The time entries by id, as the API answers them.
        frozen: Ids of entries that cannot be edited.
        refuses_unknown: Whether a bulk request with an unknown id is refused as a whole; the
            documentation leaves it open.
    """

    def __init__(self, zone: str = "UTC", *, refuses_unknown: bool = True) -> None:
        """Make an empty workspace whose owner is ``u1``, the owner of the key."""
        self.id = "dest"
        self.owner = "u1"
        self.zone = ZoneInfo(zone)
        self.refuses_unknown = refuses_unknown
        self.users: dict[str, Row] = {}
        self.clients: dict[str, Row] = {}
        self.projects: dict[str, Row] = {}
        self.tags: dict[str, Row] = {}
        self.fields: dict[str, Row] = {}
        self.entries: dict[str, Row] = {}
        self.frozen: set[str] = set()
        self._numbers = itertools.count(1)

    # What tests put there.

    def new_id(self, kind: str) -> str:
        """Return an id that nothing has yet."""
        return f"{kind}{next(self._numbers):020d}"

    def add_user(self, user_id: str, email: str, name: str) -> None:
        """Add a member."""
        role = "OWNER" if user_id == self.owner else "TEAM_MEMBER"
        membership = {
            "userId": user_id,
            "targetId": self.id,
            "membershipType": "WORKSPACE",
            "membershipStatus": "ACTIVE",
        }
        self.users[user_id] = {
            "id": user_id,
            "email": email,
            "name": name,
            "status": "ACTIVE",
            "activeWorkspace": self.id,
            "defaultWorkspace": self.id,
            "memberships": [membership],
            "settings": {"timeZone": str(self.zone)},
            "roles": [{"role": role, "formatterRoleName": role.title(), "entities": []}],
        }

    def workspace(self) -> Row:
        """Return the workspace as the API answers it."""
        creation = {
            "whoCanCreateProjectsAndClients": "EVERYONE",
            "whoCanCreateTags": "EVERYONE",
            "whoCanCreateTasks": "EVERYONE",
        }
        settings = {
            "forceProjects": False,
            "forceTasks": False,
            "forceTags": False,
            "forceDescription": False,
            "lockTimeEntries": None,
            "onlyAdminsCanChangeBillableStatus": False,
            "entityCreationPermissions": creation,
        }
        return {
            "id": self.id,
            "name": "Destination",
            "memberships": [user["memberships"][0] for user in self.users.values()],
            "workspaceSettings": settings,
            "features": ["ADD_TIME_FOR_OTHERS", "CUSTOM_FIELDS", "UNLIMITED_REPORTS"],
            "featureSubscriptionType": "PRO",
        }

    # Lists.

    def listed_projects(self, *, hydrated: bool) -> list[Row]:
        """List the projects, with their tasks and client if ``hydrated``."""
        rows = []
        for project in self.projects.values():
            row = copy.deepcopy(project)
            client = self.clients.get(project["clientId"])
            row["clientName"] = client["name"] if client else ""
            if hydrated:
                row["client"] = copy.deepcopy(client)
            else:
                del row["tasks"]
            rows.append(row)
        return rows

    def listed_entries(self, user_id: str, start: str | None, end: str | None) -> list[Row]:
        """List the entries of a person, newest first, by wall clocks of the account's zone."""
        self._known(self.users, user_id, "User")
        low, high = self._wall(start), self._wall(end)
        rows = [
            row
            for row in self.entries.values()
            if row["userId"] == user_id
            and (low is None or low <= instant(row["timeInterval"]["start"]))
            and (high is None or instant(row["timeInterval"]["start"]) < high)
        ]
        return sorted(rows, key=lambda row: (row["timeInterval"]["start"], row["id"]), reverse=True)

    def batch(self, body: Row) -> list[Row]:
        """Return entries by id; unknown ids are left out."""
        ids = body["timeEntryIds"]
        if len(ids) > MOST_IN_BATCH:
            raise RefusalError("Too many ids")
        return [self.entries[each] for each in ids if each in self.entries]

    # Time entries.

    def entry(self, entry_id: str) -> Row:
        """Return an entry."""
        return self._known(self.entries, entry_id, "TimeEntry")

    def create_entry(self, user_id: str, body: Row) -> Row:
        """Create an entry; one without an end is a running timer and stops the other one."""
        self._known(self.users, user_id, "User")
        row = self._row(self.new_id("e"), user_id, body)
        if row["timeInterval"]["end"] is None:
            self._stop_timer(user_id, row["timeInterval"]["start"])
        self.entries[row["id"]] = row
        return row

    def replace_entry(self, entry_id: str, body: Row) -> Row:
        """Replace an entry: what the body lacks is cleared."""
        old = self._known(self.entries, entry_id, "TimeEntry")
        row = self._row(entry_id, old["userId"], body)
        self.entries[entry_id] = row
        return row

    def replace_entries(self, user_id: str, bodies: list[Row]) -> list[Row]:
        """Replace several entries of a person, all or none."""
        if not 0 < len(bodies) <= MOST_IN_BULK:
            raise RefusalError("Size must be between 1 and 50")
        rows = []
        for body in bodies:
            if body.get("id") is None:
                raise RefusalError("Time entry id cannot have a null value")
            old = self._known(self.entries, body["id"], "TimeEntry")
            if old["userId"] != user_id:
                raise RefusalError("TimeEntry doesn't belong to User")
            rest = {key: value for key, value in body.items() if key != "id"}
            rows.append(self._row(body["id"], user_id, rest))
        self.entries.update({row["id"]: row for row in rows})
        return rows

    def delete_entry(self, entry_id: str) -> None:
        """Delete an entry."""
        self._known(self.entries, entry_id, "TimeEntry")
        del self.entries[entry_id]

    def delete_entries(self, user_id: str, ids: list[str]) -> list[Row]:
        """Delete several entries of a person."""
        if not 0 < len(ids) <= MOST_IN_BULK:
            raise RefusalError("Size must be between 1 and 50")
        found = [each for each in ids if self.entries.get(each, {}).get("userId") == user_id]
        if len(found) < len(ids) and self.refuses_unknown:
            raise RefusalError("TimeEntry doesn't belong to Workspace")
        return [self.entries.pop(each) for each in found]

    # Clients, projects, tasks, tags.

    def create_client(self, body: Row) -> Row:
        """Create a client."""
        row: Row = {"id": self.new_id("c"), "name": self._name(body, self.clients.values(), 100)}
        row |= {"workspaceId": self.id, "archived": False, "note": None, "email": None}
        self.clients[row["id"]] = row
        return row

    def create_project(self, body: Row) -> Row:
        """Create a project; its name is unique among those of its client."""
        client_id = body.get("clientId", "")
        if client_id:
            self._known(self.clients, client_id, "Client")
        beside = [each for each in self.projects.values() if each["clientId"] == client_id]
        row = {
            "id": self.new_id("p"),
            "name": self._name(body, beside, 250),
            "clientId": client_id,
            "workspaceId": self.id,
            "billable": body.get("billable", False),
            "public": body.get("isPublic", False),
            "color": body.get("color", "#03A9F4"),
            "note": body.get("note", ""),
            "archived": False,
            "template": False,
            "memberships": [],
            "tasks": [],
        }
        self.projects[row["id"]] = row
        return row

    def replace_project(self, project_id: str, body: Row) -> Row:
        """Change a project; an omitted ``isPublic`` or ``billable`` becomes false."""
        row = self._known(self.projects, project_id, "Project")
        row |= {"public": body.get("isPublic", False), "billable": body.get("billable", False)}
        kept = ("name", "clientId", "color", "note", "archived")
        row |= {key: body[key] for key in kept if key in body}
        return row

    def create_task(self, project_id: str, body: Row) -> Row:
        """Create a task of a project."""
        project = self._known(self.projects, project_id, "Project")
        row: Row = {"id": self.new_id("k"), "name": self._name(body, project["tasks"], 1000)}
        row |= {"projectId": project_id, "status": body.get("status", "ACTIVE"), "billable": False}
        row |= {"assigneeIds": [], "userGroupIds": []}
        project["tasks"].append(row)
        return row

    def create_tag(self, body: Row) -> Row:
        """Create a tag."""
        row: Row = {"id": self.new_id("t"), "name": self._name(body, self.tags.values(), 100)}
        row |= {"workspaceId": self.id, "archived": False}
        self.tags[row["id"]] = row
        return row

    def replace_tag(self, tag_id: str, body: Row) -> Row:
        """Replace a tag."""
        row = self._known(self.tags, tag_id, "Tag")
        row |= {"name": body.get("name", row["name"]), "archived": body.get("archived", False)}
        return row

    # Rules.

    def _row(self, entry_id: str, user_id: str, body: Row) -> Row:
        if any(value is None for value in body.values()):
            raise RefusalError("must not be null")
        if entry_id in self.frozen:
            raise RefusalError("TimeEntry cannot be edited")
        if "start" not in body:
            raise RefusalError("start is required")
        start, end = instant(body["start"]), body.get("end")
        if end is not None and start > instant(end):
            raise RefusalError("Start datetime is greater than end datetime")
        if len(body.get("description", "")) > LONGEST_DESCRIPTION:
            raise RefusalError("description: size must be between 0 and 3000")
        if body.get("type", "REGULAR") not in TYPES:
            raise RefusalError("type is invalid")
        self._check_links(body)
        length = f"PT{int((instant(end) - start).total_seconds())}S" if end is not None else None
        return {
            "id": entry_id,
            "userId": user_id,
            "workspaceId": self.id,
            "description": body.get("description", ""),
            "billable": body.get("billable", False),
            "projectId": body.get("projectId"),
            "taskId": body.get("taskId"),
            "tagIds": list(body.get("tagIds", [])),
            "timeInterval": {
                "start": written(start),
                "end": None if end is None else written(instant(end)),
                "duration": length,
            },
            "type": body.get("type", "REGULAR"),
            "customFieldValues": [self._value(entry_id, each) for each in body["customFields"]]
            if "customFields" in body
            else [],
            "isLocked": False,
            "kioskId": None,
            "hourlyRate": None,
            "costRate": None,
        }

    def _value(self, entry_id: str, sent: Row) -> Row:
        field = self._known(self.fields, sent["customFieldId"], "CustomField")
        named = {"name": field["name"], "type": field["type"], "timeEntryId": entry_id}
        return {"customFieldId": field["id"], "value": sent.get("value"), **named}

    def _check_links(self, body: Row) -> None:
        project = None
        if "projectId" in body:
            project = self._known(self.projects, body["projectId"], "Project")
        if "taskId" in body:
            tasks = {task["id"]: task for task in project["tasks"]} if project else {}
            self._known(tasks, body["taskId"], "Task")
        for tag_id in body.get("tagIds", []):
            self._known(self.tags, tag_id, "Tag")

    def _stop_timer(self, user_id: str, at: str) -> None:
        for row in self.entries.values():
            if row["userId"] == user_id and row["timeInterval"]["end"] is None:
                row["timeInterval"] |= {"end": max(at, row["timeInterval"]["start"])}

    def _wall(self, text: str | None) -> dt.datetime | None:
        if text is None:
            return None
        bare = re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", text)
        return dt.datetime.fromisoformat(bare).replace(tzinfo=self.zone).astimezone(dt.UTC)

    @staticmethod
    def _known(rows: dict[str, Row], row_id: str, kind: str) -> Row:
        if row_id not in rows:
            raise RefusalError(f"{kind} doesn't belong to Workspace")
        return rows[row_id]

    @staticmethod
    def _name(body: Row, beside: Any, longest: int) -> str:
        name = str(body.get("name") or "")
        if not 0 < len(name) <= longest:
            raise RefusalError("name: size is invalid")
        if any(each["name"] == name for each in beside):
            raise RefusalError(f"{name} already exists")
        return name
