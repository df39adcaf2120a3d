"""Clockify's change feed (experimental): what was created, updated and deleted in a window.

An entity that was created in the window is only in `created`, whatever happened to it later, and
in no list if it was deleted too. Only the last update of an entity is known. Deletions show about
a minute late. A restored entity no longer counts as deleted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.resources import store
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world.model import Client, Entry, Project, Tag, Task, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from clockify_sandbox.resources.base import Resource
    from clockify_sandbox.world.model import Deletion, Entity, Erasure, FieldValue

Kind = Literal["created", "updated", "deleted"]
Json = dict[str, Any]
DEFAULT_LIMIT = 50
DEFAULT_DAYS = timedelta(days=30)
"""Width of the window when one or both ends are omitted (OpenAPI)."""
SERVED_TYPES = frozenset(
    {
        "CLIENTS",
        "PROJECTS",
        "TAGS",
        "TASKS",
        "TIME_ENTRY",
        "TIME_ENTRY_CUSTOM_FIELD_VALUE",
        "TIME_ENTRY_RATE",
        "USER",
    }
)
OTHER_TYPES = frozenset(
    {
        "APPROVAL_REQUESTS",
        "BALANCE",
        "CUSTOM_FIELDS",
        "HOLIDAYS",
        "INVOICES",
        "PTO_POLICY",
        "SCHEDULED_ASSIGNMENT",
        "TIME_OFF_REQUEST",
        "USER_GROUPS",
    }
)
"""Types that Clockify accepts, although its documentation does not list most of them."""


@dataclass(frozen=True)
class Item:
    """A document in the feed, with its audit instants."""

    id: str
    type: str
    created_at: datetime
    updated_at: datetime
    write: Callable[[], Json]


def created(call: Call) -> Reply:
    """`GET /entities/created`."""
    return _feed(call, "created")


def updated(call: Call) -> Reply:
    """`GET /entities/updated`."""
    return _feed(call, "updated")


def deleted(call: Call) -> Reply:
    """`GET /entities/deleted`."""
    return _feed(call, "deleted")


def _feed(call: Call, kind: Kind) -> Reply:
    options = call.options
    if options.feed == "missing":
        raise errors.no_route(f"v1/workspaces/{call.contents.workspace.id}/entities/{kind}")
    if options.feed == "forbidden" or not (call.administrates or options.feed_for_members):
        raise errors.forbidden()
    types = _types(call)
    first, last = _window(call)
    page = parameters.integer(call.query, "page", options.feed_first_page)
    limit = parameters.integer(call.query, "limit", DEFAULT_LIMIT)
    if page < 0 or limit < 1:
        message = "Page and limit must be positive values"
        raise errors.invalid(message)
    if options.feed_max_limit is not None:
        limit = min(limit, options.feed_max_limit)
    key = ("feed", kind, call.contents.workspace.id, call.contents.version, types, first, last)
    # A deletion shows when its delay is over, without a new version of the world.
    moment = call.world.now().replace(microsecond=0)
    rows = call.api.cache.get((*key, moment), lambda: _rows(call, kind, types, first, last))
    skipped = max(0, page - options.feed_first_page) * limit
    return Reply(rows[skipped : skipped + limit])


def _rows(
    call: Call, kind: Kind, types: frozenset[str], first: datetime, last: datetime
) -> list[Json]:
    now = call.world.now()
    if kind == "deleted":
        visible = now - timedelta(seconds=call.options.feed_deletion_delay)
        deletions = sorted(call.contents.bin.values(), key=lambda item: (item.at, item.document.id))
        gone: list[tuple[Deletion | Erasure, Item]] = [
            (deletion, item) for deletion in deletions for item in _items(call, deletion.document)
        ]
        return [
            _deleted_row(call, deletion, item)
            for deletion, item in (*gone, *_erased(call))
            if first <= deletion.at < last and deletion.at <= visible
            if item.type in types and not first <= item.created_at < last
        ]
    visible = now - timedelta(seconds=call.options.feed_delay)
    restorations = {c.id: c.at for c in call.world.changes if c.kind == "restored"}
    found = []
    for item in _living(call, types, first, last):
        is_new = first <= item.created_at < last
        at = item.created_at if is_new else item.updated_at
        if not first <= at < last or at > visible:
            continue
        restored = restorations.get(item.id) == item.updated_at
        shown = call.options.feed_restored if restored and not is_new else None
        if (shown or ("created" if is_new else "updated")) == kind:
            found.append((at, item.id, _row(call, item)))
    found.sort(key=lambda row: row[:2])
    return [row for _, _, row in found]


def _living(call: Call, types: frozenset[str], first: datetime, last: datetime) -> Iterator[Item]:
    """Iterate over the existing documents that may have changed in a window."""
    contents = call.contents
    kinds: list[Entity] = [
        *contents.clients.values(),
        *contents.projects.values(),
        *contents.tasks.values(),
        *contents.tags.values(),
        *(call.world.users[user_id] for user_id in contents.members),
    ]
    for entity in kinds:
        yield from (item for item in _items(call, entity) if item.type in types)
    for resource in resources().values():
        if resource.document in types and call.options.feed_other_types:
            for row in store.rows(call.world, contents, resource.kind):
                yield _object(call, resource, row, contents.audits[row["id"]])
    if any(kind.startswith("TIME_ENTRY") for kind in types):
        for entry in contents.entries:
            changes = entry.created_at, entry.updated_at, entry.rate_updated_at or entry.created_at
            if max(changes) < first or min(changes) >= last:
                continue
            yield from (item for item in _items(call, entry) if item.type in types)


def _object(call: Call, resource: Resource, row: Json, audit: tuple[datetime, datetime]) -> Item:
    write = partial(store.shown, call.world, call.contents, resource, row)
    return Item(str(row["id"]), resource.document or "", *audit, write)


def _erased(call: Call) -> Iterator[tuple[Erasure, Item]]:
    if call.options.feed_other_types:
        for erasure in call.contents.erased:
            resource = resources()[erasure.kind]
            audit = erasure.created_at, erasure.updated_at
            # What it referred to may be gone as well, so it is sent as it was kept.
            item = _object(call, replace(resource, show=None), erasure.data, audit)
            yield erasure, item


def _items(call: Call, entity: Entity) -> Iterator[Item]:
    """Make an entity's document; for an entry also those of its rate and custom fields."""
    contents = call.contents
    audit = entity.created_at, entity.updated_at
    match entity:
        case Client():
            yield Item(entity.id, "CLIENTS", *audit, partial(render.client, contents, entity))
        case Project():
            yield Item(entity.id, "PROJECTS", *audit, partial(render.project, contents, entity))
        case Task():
            yield Item(entity.id, "TASKS", *audit, partial(render.task, contents, entity))
        case Tag():
            yield Item(entity.id, "TAGS", *audit, partial(render.tag, entity))
        case User():
            yield Item(entity.id, "USER", *audit, partial(render.user, entity, []))
        case Entry():
            yield Item(entity.id, "TIME_ENTRY", *audit, partial(render.entry, entity))
            rated = entity.rate_updated_at or entity.created_at
            rate = partial(_rate, entity)
            yield Item(_own_id(entity.id, "rate"), "TIME_ENTRY_RATE", audit[0], rated, rate)
            for field in entity.fields:
                own_id = _own_id(entity.id, field.field_id)
                value = partial(_value, entity, field)
                yield Item(own_id, "TIME_ENTRY_CUSTOM_FIELD_VALUE", *audit, value)


def _rate(entry: Entry) -> Json:
    return {
        "timeEntryId": entry.id,
        "hourlyRate": render.rate(entry.hourly_rate, entry.currency),
        "costRate": render.rate(entry.cost_rate, entry.currency),
    }


def _value(entry: Entry, field: FieldValue) -> Json:
    return {
        "customFieldId": field.field_id,
        "timeEntryId": entry.id,
        "value": field.value,
        "sourceType": "TIMEENTRY",
    }


def _row(call: Call, item: Item) -> Json:
    fields = item.write() if call.options.feed_has_fields else {}
    return {
        **fields,
        "id": item.id,
        "auditMetadata": render.audit(item.created_at, item.updated_at),
        call.options.feed_type_key: item.type,
    }


def _deleted_row(call: Call, deletion: Deletion | Erasure, item: Item) -> Json:
    shape = call.options.feed_deleted_shape
    row: Json = {
        "id": item.id,
        "deletionBinId": deletion.deletion_bin_id,
        "deletedAt": f"{deletion.at:%Y-%m-%dT%H:%M:%S}.{deletion.at.microsecond // 1000:03d}Z",
        "documentType": item.type,
    }
    if shape == "flat":
        return row
    if shape != "entity_id":
        row["id"] = _own_id(item.id, "deletion")
    fields = {key: value for key, value in item.write().items() if key != "id"}
    row["document"] = {("_id" if shape == "underscore" else "id"): item.id, **fields}
    return row


def _types(call: Call) -> frozenset[str]:
    types = frozenset(parameters.listed(call.query, "type"))
    if not types:
        raise errors.missing_parameter("type")
    unknown = types - SERVED_TYPES - OTHER_TYPES
    if unknown:
        raise errors.bad_parameter("type", f"No enum constant {min(unknown)}")
    return types


def _window(call: Call) -> tuple[datetime, datetime]:
    start, end = (call.query.get(name) for name in ("start", "end"))
    last = _instant(call, end) if end else None
    first = _instant(call, start) if start else None
    if first is None:
        last = last or call.world.now()
        first = last - DEFAULT_DAYS
    last = last or first + DEFAULT_DAYS
    if first > last:
        message = f"Start datetime {start} is greater than end datetime {end}"
        raise errors.invalid(message)
    days = call.options.feed_max_days
    if days is not None and last - first > timedelta(days=days):
        message = f"Date range must not exceed {days} days"
        raise errors.invalid(message)
    if call.options.feed_retention_days is not None:
        kept = timedelta(days=call.options.feed_retention_days)
        first = max(first, call.world.now().replace(microsecond=0) - kept)
    return first, last


def _instant(call: Call, value: str) -> datetime:
    instant = parameters.instant(value)
    settings = call.caller.settings
    if call.options.feed_zone == "account" and settings is not None:
        return parameters.as_wall_clock(instant, ZoneInfo(settings.time_zone))
    return instant


def _own_id(entity_id: str, purpose: str) -> str:
    """Make the id of a record that belongs to an entity, different from the entity's id."""
    return hashlib.blake2b(f"{entity_id}/{purpose}".encode(), digest_size=12).hexdigest()
