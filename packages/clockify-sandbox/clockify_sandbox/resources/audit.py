"""The audit log: who created, changed and deleted what. Nothing ever leaves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources.base import Made, Making, Read, Resource, sent
from clockify_sandbox.resources.kept import instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clockify_sandbox.resources.base import Rows
    from clockify_sandbox.world.model import Change, Json
    from clockify_sandbox.world.world import Contents, World

DEFAULT_SIZE = 20
MAX_SIZE = 50
NOUNS = {"CLIENTS": "CLIENT", "PROJECTS": "PROJECT", "TASKS": "TASK", "TAGS": "TAG"}
VERBS = {"created": "CREATE", "updated": "UPDATE", "deleted": "DELETE", "restored": "RESTORE"}
PERSONAL = {
    "created": "CREATE_TIME_PERSONAL_MANUAL",
    "updated": "UPDATE_TIME_PERSONAL",
    "deleted": "DELETE_TIME_PERSONAL",
    "restored": "RESTORE_TIME",
}
REQUIRED = ("actions", "authors", "start", "end")


def _made(making: Making) -> Iterator[Made]:
    """Record how the agency's objects came to be."""
    contents, owner = making.contents, making.world.owner_id
    for noun, found in (
        ("CLIENT", contents.clients),
        ("PROJECT", contents.projects),
        ("TASK", contents.tasks),
        ("TAG", contents.tags),
    ):
        for each in found.values():
            content = _content(each.id, each.name)
            yield _line(making, each.created_at, f"CREATE_{noun}", owner, content)
    for row in making.stored("expenses"):
        at = contents.audits[row["id"]][0]
        content = _content(row["id"], str(row["total"]))
        yield _line(making, at, "CREATE_EXPENSE", row["userId"], content)


def _line(making: Making, at: datetime, action: str, user_id: str, content: str) -> Made:
    return making.row(
        at, **_entry(making.world, making.contents, at, action, user_id, content, None)
    )


def _entry(
    world: World,
    contents: Contents,
    at: datetime,
    action: str,
    user_id: str,
    content: str | None,
    previous: str | None,
) -> Json:
    user = world.users[user_id]
    return {
        "workspaceId": contents.workspace.id,
        "action": action,
        "content": content,
        "previousContent": previous,
        "timestamp": instant(at),
        "userId": user.id,
        "userName": user.name,
        "userEmail": user.email,
    }


def record(
    world: World, contents: Contents, action: str, user_id: str, object_id: str, name: str
) -> None:
    """Note what somebody did to an object of one of the other kinds."""
    at = world.now()
    row = _entry(world, contents, at, action, user_id, _content(object_id, name), None)
    line_id = world.new_object_id(at)
    world.put_object(contents.workspace.id, "audit_log", line_id, {"id": line_id, **row})


def _content(object_id: str, name: str) -> str:
    return json.dumps({"id": object_id, "name": name}, ensure_ascii=False)


def audit_rows(world: World, contents: Contents) -> Rows:
    """List all entries: those from the beginning, and one for each change since."""
    kept = contents.objects["audit_log"].items()
    found = [
        {"_id": key, **{name: value for name, value in row.items() if name != "id"}}
        for key, row in kept
    ]
    before: dict[str, str] = {}
    for number, change in enumerate(world.changes):
        if change.workspace_id != contents.workspace.id:
            continue
        action = _action(change)
        if action is None:
            continue
        document = change.document
        text = str(getattr(document, "name", "")) or str(getattr(document, "description", ""))
        content = _content(change.id, text)
        user_id = getattr(document, "user_id", world.owner_id)
        previous = before.get(change.id) if change.kind != "created" else None
        before[change.id] = content
        after = None if change.kind == "deleted" else content
        row = _entry(world, contents, change.at, action, user_id, after, previous)
        found.append({"_id": f"change-{number:08d}", **row})
    return found


def _action(change: Change) -> str | None:
    if change.document_type == "TIME_ENTRY":
        return PERSONAL[change.kind]
    noun = NOUNS.get(change.document_type)
    return noun and f"{VERBS[change.kind]}_{noun}"


def _search(call: Call) -> Reply:
    """`POST /audit-log`: the entries of a window, newest first."""
    asked = tools.body(call)
    for name in REQUIRED:
        if asked.get(name) in (None, []):
            message = f"{name} must not be empty"
            raise errors.invalid(message)
    first, last = (parameters.instant(asked[name]) for name in ("start", "end"))
    authors = asked["authors"]
    ids = set(authors.get("authorIds") or ())
    contains = authors.get("contains", "CONTAINS") == "CONTAINS"
    rows = [
        row
        for row in audit_rows(call.world, call.contents)
        if row["action"] in asked["actions"]
        and first <= parameters.instant(row["timestamp"]) <= last
        and (row["userId"] in ids) == contains
    ]
    rows.sort(key=lambda row: (row["timestamp"], row["_id"]), reverse=True)
    page, size = tools.body_page(asked, "page-size", DEFAULT_SIZE)
    skipped = max(0, page - call.options.audit_first_page)
    parameters.check_page(skipped + 1, size, MAX_SIZE)
    return Reply([sent(row) for row in rows[skipped * size : (skipped + 1) * size]])


AUDIT_LOG = Resource(
    kind="audit_log",
    feature="AUDIT_LOG",
    key="_id",
    make=_made,
    derive=audit_rows,
    reads=(Read("/audit-log", method="POST", host="audit", administrators=True, handler=_search),),
    deletes=False,
)
