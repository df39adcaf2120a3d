"""Edits of people, tasks and tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.model import Group, Tag, TagList, Task, User
from clockify_sandbox.timecamp.world import API_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from clockify_sandbox.timecamp.world import World

DEFAULT_RATE = 90
DEFAULT_COST = 40
DEFAULT_COLOR = "#34C644"
DEFAULT_LIST = "Tags"


def add_group(world: World, name: str, parent_id: int = 0) -> int:
    """Add a group of people; the first one is the root."""
    with world.lock:
        group = Group(world.new_id("group"), name, parent_id)
        world.root_group_id = world.root_group_id or group.id
        world.put(group)
        return group.id


def add_user(
    world: World,
    name: str,
    *,
    zone: str = "Europe/Warsaw",
    admin: bool = False,
    group_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add a person with a token, who works by the clock of `zone`; `at`: since when, if not now."""
    with world.lock:
        at = at or world.now()
        user_id = world.new_id("user")
        user = User(
            id=user_id,
            name=name,
            email=f"person{user_id}@company.example",
            group_id=group_id or world.root_group_id,
            zone=zone,
            is_admin=admin,
            is_disabled=False,
            rate=DEFAULT_RATE,
            cost=DEFAULT_COST,
            logins=len(world.users) * 37 + 1,
            registered_at=at,
            named_at=at,
        )
        world.put(user)
        world.tokens[f"{API_KEY}-{user_id}" if world.tokens else API_KEY] = user_id
        return user_id


def rename_user(world: World, user_id: int, name: str) -> None:
    """Give a person another name."""
    with world.lock:
        world.put(replace(world.users[user_id], name=name, named_at=world.now()))


def disable_user(world: World, user_id: int, *, disabled: bool = True) -> None:
    """Disable a person's account, or enable it again. The entries are kept."""
    with world.lock:
        world.put(replace(world.users[user_id], is_disabled=disabled))


def set_admin(world: World, user_id: int, admin: bool) -> None:  # noqa: FBT001 -- a call reads well
    """Make a person a time tracking administrator, or no longer one."""
    with world.lock:
        world.put(replace(world.users[user_id], is_admin=admin))


def add_task(
    world: World,
    name: str,
    *,
    parent_id: int = 0,
    billable: bool = True,
    color: str = DEFAULT_COLOR,
    note: str | None = None,
    external_id: str | None = None,
    user_ids: tuple[int, ...] | None = None,
    at: datetime | None = None,
) -> int:
    """Add a task below another one, or a project; return its id.

    `user_ids` are assigned to it, by default everybody to a project. `at`: since when, if not now.
    """
    with world.lock:
        if parent_id and parent_id not in world.tasks:
            raise KeyError(parent_id)
        at = at or world.now()
        everybody = () if parent_id else tuple(world.users)
        task = Task(
            id=world.new_id("task"),
            name=name,
            parent_id=parent_id,
            archived=False,
            billable=billable,
            color=color,
            note=note,
            external_id=external_id,
            user_ids=everybody if user_ids is None else user_ids,
            added_by=world.tokens[world.api_key],
            added_at=at,
            modified_at=at,
            named_at=at,
        )
        world.put(task)
        return task.id


def rename_task(world: World, task_id: int, name: str) -> None:
    """Give a task another name."""
    with world.lock:
        now = world.now()
        world.put(replace(world.tasks[task_id], name=name, modified_at=now, named_at=now))


def archive_task(world: World, task_id: int, *, archived: bool = True) -> None:
    """Archive a task and all those below it, or take them back."""
    with world.lock:
        for task in list(world.below(task_id)):
            world.put(replace(task, archived=archived, modified_at=world.now()))


def add_tag_list(world: World, name: str, *, archived: bool = False) -> int:
    """Add a list of tags; return its id."""
    with world.lock:
        tag_list = TagList(world.new_id("tag_list"), name, archived)
        world.put(tag_list)
        return tag_list.id


def add_tag(world: World, name: str, list_id: int | None = None) -> int:
    """Add a tag to a list, by default to the first one, which is made if need be; return its id."""
    with world.lock:
        if list_id is None:
            list_id = next(iter(world.tag_lists), 0) or add_tag_list(world, DEFAULT_LIST)
        tag = Tag(world.new_id("tag"), world.tag_lists[list_id].id, name)
        world.put(tag)
        return tag.id


def archive_tag(world: World, tag_id: int, *, archived: bool = True) -> None:
    """Archive a tag, or take it back."""
    with world.lock:
        world.put(replace(world.tags[tag_id], archived=archived))


def rename_tag(world: World, tag_id: int, name: str) -> None:
    """Give a tag another name."""
    with world.lock:
        world.put(replace(world.tags[tag_id], name=name))
