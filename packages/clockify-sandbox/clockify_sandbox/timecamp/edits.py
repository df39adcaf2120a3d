"""All edits of a world, as plain functions.

Each takes the world and explicit arguments, notes what has changed and returns what it made.
"""

from __future__ import annotations

from clockify_sandbox.timecamp.activity_edits import add_activity, delete_activities
from clockify_sandbox.timecamp.custom_field_edits import (
    add_custom_field,
    remove_custom_field,
    set_custom_value,
)
from clockify_sandbox.timecamp.directory_edits import (
    add_group,
    add_tag,
    add_tag_list,
    add_task,
    add_user,
    archive_tag,
    archive_task,
    disable_user,
    rename_tag,
    rename_task,
    rename_user,
    set_admin,
)
from clockify_sandbox.timecamp.entry_edits import (
    EntryFields,
    add_entry,
    delete_entry,
    edit_entry,
    lock_entry,
    move_entry,
    start_timer,
    stop_timer,
)
from clockify_sandbox.timecamp.random_edits import random_edit
from clockify_sandbox.timecamp.rate_edits import remove_rate, set_rate

__all__ = [
    "EntryFields",
    "add_activity",
    "add_custom_field",
    "add_entry",
    "add_group",
    "add_tag",
    "add_tag_list",
    "add_task",
    "add_user",
    "archive_tag",
    "archive_task",
    "delete_activities",
    "delete_entry",
    "disable_user",
    "edit_entry",
    "lock_entry",
    "move_entry",
    "random_edit",
    "remove_custom_field",
    "remove_rate",
    "rename_tag",
    "rename_task",
    "rename_user",
    "set_admin",
    "set_custom_value",
    "set_rate",
    "start_timer",
    "stop_timer",
]
