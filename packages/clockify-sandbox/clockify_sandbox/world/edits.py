"""All edits of a world, as plain functions.

Each takes the world and explicit arguments, writes the change log and returns what it made.
"""

from __future__ import annotations

from clockify_sandbox.resources.object_edits import random_object_edit
from clockify_sandbox.resources.store import add as add_object
from clockify_sandbox.resources.store import delete as delete_object
from clockify_sandbox.resources.store import edit as edit_object
from clockify_sandbox.world.directory import (
    add_client,
    add_project,
    add_tag,
    add_task,
    archive_client,
    archive_project,
    archive_tag,
    assign_client,
    delete_client,
    delete_project,
    delete_tag,
    delete_task,
    finish_task,
    rename_client,
    rename_project,
    rename_tag,
)
from clockify_sandbox.world.entry_edits import (
    RefusedError,
    add_entry,
    approve_entry,
    delete_entry,
    describe_entry,
    hand_over_entry,
    invoice_entry,
    move_entry,
    redate_entry,
    redate_over_midnight,
    resize_entry,
    restore_entry,
    retag_entry,
    set_billable,
    set_field,
    start_timer,
    stop_timer,
)
from clockify_sandbox.world.links import (
    add_currency,
    assign_task,
    remove_currency,
    set_project_members,
    set_user_field,
)
from clockify_sandbox.world.people import (
    add_user,
    change_rate,
    deactivate_user,
    delete_user,
    rename_user,
    set_account_status,
    set_member_role,
    set_member_status,
    set_timezone,
)
from clockify_sandbox.world.random_edits import (
    random_edit,
)

__all__ = [
    "RefusedError",
    "add_client",
    "add_currency",
    "add_entry",
    "add_object",
    "add_project",
    "add_tag",
    "add_task",
    "add_user",
    "approve_entry",
    "archive_client",
    "archive_project",
    "archive_tag",
    "assign_client",
    "assign_task",
    "change_rate",
    "deactivate_user",
    "delete_client",
    "delete_entry",
    "delete_object",
    "delete_project",
    "delete_tag",
    "delete_task",
    "delete_user",
    "describe_entry",
    "edit_object",
    "finish_task",
    "hand_over_entry",
    "invoice_entry",
    "move_entry",
    "random_edit",
    "random_object_edit",
    "redate_entry",
    "redate_over_midnight",
    "remove_currency",
    "rename_client",
    "rename_project",
    "rename_tag",
    "rename_user",
    "resize_entry",
    "restore_entry",
    "retag_entry",
    "set_account_status",
    "set_billable",
    "set_field",
    "set_member_role",
    "set_member_status",
    "set_project_members",
    "set_timezone",
    "set_user_field",
    "start_timer",
    "stop_timer",
]
