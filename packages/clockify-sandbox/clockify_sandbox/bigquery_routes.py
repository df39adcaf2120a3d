"""Requests that the emulator answers otherwise than BigQuery does, answered here instead.

The routes stand before the emulator's own, and call them. `docs/local-bigquery.md` says how each
difference was found.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any

from bqemulator.api.dependencies import AppContext, get_caller, get_context
from bqemulator.api.routes import jobs, tables, upload
from bqemulator.domain.errors import (
    ResourceRef,
    ValidationError,
    resource_already_exists,
    resource_not_found,
)
from bqemulator.row_access.identity import CallerIdentity
from bqemulator.storage.sql_identifiers import quoted_table_ref
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns
from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

LOADING: ContextVar[Mapping[str, Any]] = ContextVar("LOADING")
"""The configuration of the load job whose file is just being loaded."""

_Context = Annotated[AppContext, Depends(get_context)]
_Caller = Annotated[CallerIdentity, Depends(get_caller)]
_TABLE = "/bigquery/v2/projects/{project_id}/datasets/{dataset_id}/tables/{table_id}"
_JOBS = "/bigquery/v2/projects/{project_id}/jobs"
_UPLOADS = "/upload/bigquery/v2/projects/{project_id}/jobs"
PRECONDITION_FAILED = 412


def add_routes(app: FastAPI) -> None:
    """Put our routes before the emulator's."""
    app.router.routes[:0] = [
        APIRoute(_TABLE, change_table, methods=["PATCH", "PUT"]),
        APIRoute(_JOBS, insert_job, methods=["POST"]),
        APIRoute(_UPLOADS, upload_piece, methods=["PUT"]),
    ]


async def change_table(
    project_id: str, dataset_id: str, table_id: str, request: Request, context: _Context
) -> Any:
    """Add new columns to the data too, where the emulator changes its catalog alone."""
    ref = ResourceRef("table", project_id, dataset_id, table_id)
    existing = context.catalog.get_table(project_id, dataset_id, table_id)
    if existing is None:
        raise resource_not_found(ref)
    if (etag := request.headers.get("if-match")) and etag not in ("*", existing.etag):
        problem = {"code": PRECONDITION_FAILED, "message": "Precondition check failed."}
        return JSONResponse({"error": problem}, PRECONDITION_FAILED)
    fields = (await request.json()).get("schema", {}).get("fields", [])
    before = {field.name.lower(): field for field in existing.schema_.fields}
    _check(before, fields)
    added = [field for field in fields if field["name"].lower() not in before]
    table = quoted_table_ref(project_id, dataset_id, table_id)
    async with context.engine.write_lock():
        for name, kind in bq_schema_to_duckdb_columns(added):
            context.engine.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')
    return await tables.patch_table(project_id, dataset_id, table_id, request, context)


def _check(before: Mapping[str, Any], fields: list[dict[str, Any]]) -> None:
    """Refuse what BigQuery refuses: a column less, another type, a new column that is required."""
    after = {field["name"].lower(): field for field in fields}
    for name, field in before.items():
        if fields and name not in after:
            raise ValidationError(f"Provided Schema does not match Table. Field {name} is missing")
        if fields and _standard(after[name]["type"]) != _standard(field.type):
            raise ValidationError(
                f"Provided Schema does not match Table. Field {name} has changed type from"
                f" {field.type} to {after[name]['type']}"
            )
    for name, field in after.items():
        if name not in before and field.get("mode") == "REQUIRED":
            raise ValidationError(
                f"Provided Schema does not match Table. Cannot add required fields to an existing"
                f" schema. (field: {name})"
            )


def _standard(kind: str) -> str:
    names = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}
    return names.get(kind.upper(), kind.upper())


async def insert_job(
    project_id: str, request: Request, context: _Context, caller: _Caller
) -> dict[str, Any]:
    """Refuse the id of a job that exists, where the emulator runs it again."""
    job_id = (await request.json()).get("jobReference", {}).get("jobId")
    if job_id and context.catalog.get_job(project_id, job_id) is not None:
        raise resource_already_exists(ResourceRef("job", project_id, resource_id=job_id))
    return await jobs.insert_job(project_id, request, context, caller)


async def upload_piece(
    project_id: str, request: Request, context: _Context, upload_id: str = ""
) -> Response:
    """Tell the engine which load job the piece belongs to, so that it can check the rows."""
    sessions = context.upload_sessions
    load = sessions.status(upload_id).configuration.get("load", {}) if sessions else {}
    token = LOADING.set(load)
    try:
        return await upload.upload_chunk(project_id, request, context, upload_id)
    finally:
        LOADING.reset(token)
