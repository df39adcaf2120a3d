"""What people do to time entries, timers included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clockify_sandbox.world.model import Entry, FieldValue
from clockify_sandbox.world.rates import rate_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockify_sandbox.world.model import EntryType
    from clockify_sandbox.world.world import World


class RefusedError(Exception):
    """Clockify would not permit this edit."""


def add_entry(
    world: World,
    workspace_id: str,
    user_id: str,
    start: datetime,
    end: datetime | None,
    *,
    project_id: str | None = None,
    task_id: str | None = None,
    tag_ids: Iterable[str] = (),
    description: str = "",
    billable: bool = True,
    fields: tuple[FieldValue, ...] = (),
    type: EntryType = "REGULAR",  # noqa: A002 -- the name that Clockify gives it
) -> Entry:
    """Track time; without `end` the timer is running. The rates are the current ones."""
    with world.lock:
        entry = Entry(
            id=world.new_id(),
            workspace_id=workspace_id,
            user_id=user_id,
            start=whole_second(start),
            end=None if end is None else whole_second(end),
            project_id=project_id,
            task_id=task_id,
            tag_ids=tuple(tag_ids),
            description=description,
            billable=billable,
            fields=fields,
            type=type,
        )
        return world.add(priced(world, with_lock(world, entry)))


def replace_entry(world: World, workspace_id: str, entry_id: str, **changes: Any) -> Entry:
    """Change any fields of an entry at once; another project or task means other rates."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        was_before_lock = is_before_lock(world, entry)
        changed = with_lock(world, replace(entry, **changes), was_before_lock=was_before_lock)
        where = changed.project_id, changed.task_id
        moved = where != (entry.project_id, entry.task_id)
        return world.change(priced(world, changed) if moved else changed)


def delete_entry(world: World, workspace_id: str, entry_id: str) -> None:
    """Move an entry to the deletion bin."""
    with world.lock:
        world.delete(world[workspace_id].entries[entry_id])


def restore_entry(world: World, workspace_id: str, entry_id: str) -> Entry:
    """Restore a deleted entry, without the objects that have been deleted since."""
    with world.lock:
        entry = world[workspace_id].bin[entry_id].document
        if not isinstance(entry, Entry):
            message = f"{entry_id} is no entry"
            raise RefusedError(message)
        contents = world[workspace_id]
        kept = replace(
            entry,
            project_id=entry.project_id if entry.project_id in contents.projects else None,
            task_id=entry.task_id if entry.task_id in contents.tasks else None,
            tag_ids=tuple(tag_id for tag_id in entry.tag_ids if tag_id in contents.tags),
        )
        return world.restore(replace(kept, currency=contents.currency_of(kept.project_id)))


def move_entry(
    world: World,
    workspace_id: str,
    entry_id: str,
    project_id: str | None,
    task_id: str | None = None,
) -> Entry:
    """Move an entry to another project, or to none; its rates change accordingly."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        moved = replace(entry, project_id=project_id, task_id=task_id)
        return world.change(priced(world, moved))


def retag_entry(world: World, workspace_id: str, entry_id: str, tag_ids: Iterable[str]) -> Entry:
    """Give an entry another set of tags, in the order given."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(replace(entry, tag_ids=tuple(tag_ids)))


def redate_entry(world: World, workspace_id: str, entry_id: str, start: datetime) -> Entry:
    """Let an entry start at another instant, with its old duration."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        start = whole_second(start)
        end = None if entry.end is None else start + (entry.end - entry.start)
        return world.change(replace(entry, start=start, end=end))


def redate_over_midnight(
    world: World, workspace_id: str, entry_id: str, day: datetime, timezone: str
) -> Entry:
    """Let an entry start a minute before the midnight that ends `day` in `timezone`."""
    local = day.astimezone(ZoneInfo(timezone)).replace(hour=23, minute=59, second=0, microsecond=0)
    return redate_entry(world, workspace_id, entry_id, local)


def resize_entry(world: World, workspace_id: str, entry_id: str, seconds: int) -> Entry:
    """Give an entry another duration, possibly 0; this stops a running one."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(replace(entry, end=entry.start + timedelta(seconds=seconds)))


def hand_over_entry(world: World, workspace_id: str, entry_id: str, user_id: str) -> Entry:
    """Give an entry to another person; its rates change accordingly."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(priced(world, replace(entry, user_id=user_id)))


def describe_entry(world: World, workspace_id: str, entry_id: str, description: str) -> Entry:
    """Change the description of an entry."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(replace(entry, description=description))


def set_billable(world: World, workspace_id: str, entry_id: str, *, billable: bool) -> Entry:
    """Set whether an entry is billable."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(replace(entry, billable=billable))


def set_field(world: World, workspace_id: str, entry_id: str, value: FieldValue) -> Entry:
    """Set the value of a custom field of an entry."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        others = tuple(field for field in entry.fields if field.field_id != value.field_id)
        return world.change(replace(entry, fields=(*others, value)))


def approve_entry(
    world: World, workspace_id: str, entry_id: str, approval_request_id: str | None
) -> Entry:
    """Approve an entry, which locks it, or withdraw the approval with None."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        locked = approval_request_id is not None
        return world.change(replace(entry, approval_request_id=approval_request_id, locked=locked))


def invoice_entry(world: World, workspace_id: str, entry_id: str, invoice_id: str | None) -> Entry:
    """Put an entry on an invoice, or take it off with None."""
    with world.lock:
        entry = world[workspace_id].entries[entry_id]
        return world.change(replace(entry, invoice_id=invoice_id))


def start_timer(
    world: World,
    workspace_id: str,
    user_id: str,
    *,
    project_id: str | None = None,
    task_id: str | None = None,
    tag_ids: Iterable[str] = (),
    description: str = "",
    billable: bool = True,
) -> Entry:
    """Start a person's timer now and stop a running one, since a person has only one."""
    with world.lock:
        stop_timer(world, workspace_id, user_id)
        return add_entry(
            world,
            workspace_id,
            user_id,
            world.now(),
            None,
            project_id=project_id,
            task_id=task_id,
            tag_ids=tag_ids,
            description=description,
            billable=billable,
        )


def stop_timer(
    world: World, workspace_id: str, user_id: str, at: datetime | None = None
) -> Entry | None:
    """Stop a person's running timer, if there is one; `at`: when, if not now."""
    with world.lock:
        stopped = None
        for entry in world[workspace_id].entries.running():
            if entry.user_id == user_id:
                end = max(whole_second(at or world.now()), entry.start)
                stopped = world.change(replace(entry, end=end))
        return stopped


def whole_second(instant: datetime) -> datetime:
    """Convert an instant to UTC and truncate it to the second, as Clockify stores it."""
    return instant.astimezone(UTC).replace(microsecond=0)


def is_before_lock(world: World, entry: Entry) -> bool:
    """Tell whether an entry starts before the workspace's lock date."""
    before = world[entry.workspace_id].workspace.rules.lock_before
    return before is not None and entry.start < before


def with_lock(world: World, entry: Entry, *, was_before_lock: bool = False) -> Entry:
    """Lock an entry that starts before the lock date.

    One that `was_before_lock` and is no longer becomes free; other reasons for its lock stay.
    """
    kept = entry.locked and not was_before_lock
    return replace(entry, locked=is_before_lock(world, entry) or kept)


def priced(world: World, entry: Entry) -> Entry:
    """Give an entry the current rates and currency for its person, project and task."""
    contents = world[entry.workspace_id]
    found = {
        kind: rate_for(
            contents,
            kind,
            user_id=entry.user_id,
            project_id=entry.project_id,
            task_id=entry.task_id,
        )
        for kind in ("hourly_rate", "cost_rate")
    }
    return replace(
        entry,
        hourly_rate=found["hourly_rate"],
        cost_rate=found["cost_rate"],
        currency=contents.currency_of(entry.project_id),
    )
