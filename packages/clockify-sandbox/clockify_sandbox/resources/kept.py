"""What several families need: working days, days as text, values of custom fields."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from clockify_sandbox.resources.base import Change
    from clockify_sandbox.world.model import Json, User
    from clockify_sandbox.world.world import Contents, World

WORKING_DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
WEEKEND = 5


def field_values(contents: Contents, user: User) -> list[Json]:
    """Write the values of a person's custom fields, each with the definition of its field."""
    definitions = contents.objects["custom_fields"]
    return [
        {
            "customFieldId": field.field_id,
            "customField": definitions.get(field.field_id),
            "name": field.name,
            "type": field.type,
            "userId": user.id,
            "sourceType": "USER",
            "value": field.value,
        }
        for field in user.fields
    ]


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in UTC."""
    return datetime.combine(day, time(), UTC)


def instant(value: datetime) -> str:
    """Write an instant in UTC to the millisecond, as Clockify does where it shows one."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def next_working_day(day: date) -> date:
    """Return a day, or the Monday after it if it is in a weekend."""
    ahead = 7 - day.weekday() if day.weekday() >= WEEKEND else 0
    return day + timedelta(days=ahead)


def rename(_world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    """Change an object's name."""
    return {"name": f"{row['name']} {rng.randrange(100)}"}


def annotate(key: str) -> Change:
    """Make a change of the note or notes of an object, at times to none."""

    def change(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
        return {key: rng.choice((None, "", "Nachtrag, spät", 'As "agreed"'))}

    return change


def toggle(key: str) -> Change:
    """Make a change that turns a flag of an object over."""

    def change(_world: World, _contents: Contents, row: Json, _rng: random.Random) -> Json:
        return {key: not row[key]}

    return change


def week_of(day: date | str) -> date:
    """Return the Monday of a day's week."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return day - timedelta(days=day.weekday())


def own_id(*parts: object) -> str:
    """Make an id that depends on nothing but its parts, for objects that entries refer to."""
    return hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def approval_id(workspace_id: str, user_id: str, day: date) -> str:
    """Return the id of the request to approve a person's week."""
    return own_id(workspace_id, "approval", user_id, week_of(day))


def invoice_id(workspace_id: str, client_id: str, day: date) -> str:
    """Return the id of the invoice for a month of work for a client."""
    return own_id(workspace_id, "invoice", client_id, f"{day:%Y-%m}")


def field_id(contents: Contents, name: str) -> str:
    """Return the id of one of an agency's custom fields."""
    workspace_id = contents.workspace.id
    # Entries have had this id for their ticket since before fields were listed.
    return f"{workspace_id[:23]}f" if name == "Ticket" else own_id(workspace_id, "field", name)


def of_living_projects(contents: Contents, row: Json) -> Json:
    """Write a custom field with the values of projects that still exist."""
    kept = [each for each in row["projectDefaultValues"] if each["projectId"] in contents.projects]
    return {**row, "projectDefaultValues": kept}


def project_fields(contents: Contents, project_id: str) -> list[Json]:
    """List the custom fields of entries on a project, with its own default values only."""
    found = []
    for row in contents.objects["custom_fields"].values():
        if row["entityType"] == "TIMEENTRY" and row["status"] != "INACTIVE":
            shown = of_living_projects(contents, row)
            own = [d for d in shown["projectDefaultValues"] if d["projectId"] == project_id]
            found.append({**shown, "projectDefaultValues": own})
    return found
