"""Find out which columns the custom fields of the workspaces have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.http.errors import RequestError
from clockify_client.paging import listed
from clockify_client.subscription import Needs

from tap_clockify.permissions import is_refusal
from tap_clockify.records.custom_fields import FieldColumn, FieldColumns, column_name

if TYPE_CHECKING:
    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.memory.state import RunState

NEEDS = Needs(feature="CUSTOM_FIELDS")


def known_field_columns(state: RunState) -> FieldColumns:
    """Return the columns that earlier runs have named."""
    return FieldColumns({key: FieldColumn(*each) for key, each in state.field_columns.items()})


def find_field_columns(context: RunContext) -> FieldColumns:
    """Request the custom fields of all workspaces, and name their columns.

    A field keeps the column that an earlier run has named, although it may have been renamed or
    deleted since. The state remembers the columns.

    Raises:
        RequestError, ClockifyError: The fields cannot be read.
    """
    columns = dict(known_field_columns(context.state).by_id)
    of_projects: dict[str, list[dict[str, Any]]] = {}
    tasks = [partial(_fields_in, context, workspace) for workspace in context.workspaces]
    for fields in context.workers.in_order(tasks):
        for item in fields:
            field_id, kind = str(item["id"]), str(item.get("type"))
            known = columns.get(field_id)
            name = known.name if known else column_name(field_id, str(item.get("name") or ""))
            if any(other.name == name for key, other in columns.items() if key != field_id):
                name = column_name(field_id, str(item.get("name") or ""), length=len(field_id))
            columns[field_id] = FieldColumn(name, kind, str(item.get("entityType") or "TIMEENTRY"))
            for default in filter(None, item.get("projectDefaultValues") or ()):
                value = {"customFieldId": field_id, "value": default.get("value")}
                of_projects.setdefault(str(default.get("projectId")), []).append(value)
    context.state.field_columns = {
        field_id: [column.name, column.type, column.of] for field_id, column in columns.items()
    }
    return FieldColumns(columns, of_projects)


def _fields_in(context: RunContext, workspace: Workspace) -> list[dict[str, Any]]:
    """Request the fields of a workspace; none if its plan has no custom fields."""
    path = workspace_path(workspace.id, "custom-fields")
    try:
        found = listed(context.client.get(path).body, f"GET {path}")
        return [item for item in found if isinstance(item, dict) and item.get("id")]
    except RequestError as error:
        if not is_refusal(error, workspace, NEEDS):
            raise
        return []
