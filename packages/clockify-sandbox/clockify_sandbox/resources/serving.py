"""Makes a handler of a declared route: plan, role, selection, order, page, envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources import store
from clockify_sandbox.resources.base import Host, get, sent
from clockify_sandbox.resources.registry import resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Handler
    from clockify_sandbox.resources.base import Read, Resource, Rows

WORKSPACE = "/workspaces/{workspace_id}"


def routes(host: Host) -> Iterator[tuple[str, str, Handler]]:
    """List a host's routes; those for one object come last, since their paths match the others."""
    found = [
        (resource, read)
        for resource in resources().values()
        for read in resource.reads
        if read.host == host
    ]
    for resource, read in sorted(found, key=lambda pair: pair[1].single):
        yield read.method, WORKSPACE + read.path, _handler(resource, read)


def _handler(resource: Resource, read: Read) -> Handler:
    def serve(call: Call) -> Reply:
        _admit(call, resource, read)
        if read.handler is not None:
            return read.handler(call)
        rows = _visible(call, read, store.rows(call.world, call.contents, resource.kind))
        if read.select is not None:
            rows = read.select(call, rows)
        if read.single:
            return Reply(_write(call, resource, read, _one(call, resource, rows)))
        rows = _ordered(call, read, rows)
        page, headers = _page(call, read, rows)
        written = [_write(call, resource, read, row) for row in page]
        return Reply(read.wrap(call, written, rows) if read.wrap else written, headers)

    return serve


def _admit(call: Call, resource: Resource, read: Read) -> None:
    if resource.feature and resource.feature not in call.contents.workspace.plan.features:
        raise errors.not_in_plan(call.options.plan_refusal)
    if read.administrators and not call.administrates:
        raise errors.forbidden()


def _visible(call: Call, read: Read, rows: Rows) -> Rows:
    if not read.own or call.administrates:
        return rows
    if call.options.member_lists == "forbidden":
        raise errors.forbidden()
    return [row for row in rows if get(row, read.own) == call.caller.id]


def _one(call: Call, resource: Resource, rows: Rows) -> dict[str, Any]:
    for row in rows:
        if row[resource.key] == call.path["object_id"]:
            return row
    raise errors.not_in_workspace(resource.kind.replace("_", " ").removesuffix("s").capitalize())


def _write(call: Call, resource: Resource, read: Read, row: dict[str, Any]) -> dict[str, Any]:
    if read.show is not None:
        return sent(read.show(call.world, call.contents, row))
    return store.shown(call.world, call.contents, resource, row)


def _ordered(call: Call, read: Read, rows: Rows) -> Rows:
    if not read.columns:
        return rows
    default = next(iter(read.columns))
    if read.paging == "body":
        asked = tools.body(call)
        column, order = asked.get("sortColumn") or default, asked.get("sortOrder") or "ASCENDING"
        if column not in read.columns or order not in {"ASCENDING", "DESCENDING"}:
            message = "unknown sort column or order"
            raise errors.unreadable_body(message)
    else:
        column = parameters.choice(call.query, read.sort_parameter, tuple(read.columns), default)
        order = parameters.choice(
            call.query, "sort-order", ("ASCENDING", "DESCENDING"), "ASCENDING"
        )
    key = read.columns[column]
    return sorted(
        rows, key=lambda row: (key(row), str(row.get("id"))), reverse=order == "DESCENDING"
    )


def _page(call: Call, read: Read, rows: Rows) -> tuple[Rows, dict[str, str]]:
    if read.paging == "none":
        return rows, {}
    page, size = _asked_page(call, read)
    parameters.check_page(page, size, read.max_size or call.options.max_page_size)
    if read.max_page is not None and page > read.max_page:
        message = f"Page must be less than or equal to {read.max_page}"
        raise errors.invalid(message)
    headed = read.paging == "query" or call.options.last_page_on_posted_lists
    headers = parameters.last_page(call.options, last=page * size >= len(rows)) if headed else {}
    return rows[(page - 1) * size : page * size], headers


def _asked_page(call: Call, read: Read) -> tuple[int, int]:
    if read.paging == "body":
        return tools.body_page(tools.body(call), "pageSize", read.default_size)
    name = "pageSize" if read.paging == "camel" else "page-size"
    return (
        parameters.integer(call.query, "page", 1),
        parameters.integer(call.query, name, read.default_size),
    )
