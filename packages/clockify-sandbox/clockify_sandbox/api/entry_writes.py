"""The core host's writes of time entries, one by one and in bulk, and the end of a timer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import entry_bodies, errors, parameters, permits, render
from clockify_sandbox.api.bodies import body_of
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clockify_sandbox.api.bodies import Body
    from clockify_sandbox.world.model import Entry

IDS = "time-entry-ids"


def create(call: Call) -> Reply:
    """`POST /time-entries`: an entry of the caller; without `end` it starts their timer."""
    return _create(call, call.caller.id)


def create_for(call: Call) -> Reply:
    """`POST /user/{u}/time-entries`: an entry of a person, who may be the caller."""
    permits.check_adding(call, call.path["user_id"])
    return _create(call, call.path["user_id"])


def replace(call: Call) -> Reply:
    """`PUT /time-entries/{id}`: every field anew; without `end` the entry becomes a timer."""
    entry = _own(call, call.path["entry_id"])
    wanted = entry_bodies.replacement(call, body_of(call), entry)
    return Reply(render.written_entry(_replace(call, entry, wanted)))


def replace_many(call: Call) -> Reply:
    """`PUT /user/{u}/time-entries`: the same for several entries of one person."""
    user_id = call.path["user_id"]
    permits.check_writer(call, user_id)
    if not isinstance(call.body, list) or not call.body:
        raise errors.unreadable_body("a list with at least one entry is required")
    bodies = [body_of(call, {} if each is None else each) for each in call.body]
    _check_number(call, bodies)

    def check(body: Body) -> tuple[Entry, dict[str, Any]]:
        if not body.text("id"):
            raise errors.invalid("Time entry id cannot have a null value")
        entry = _of(call, body.text("id") or "", user_id)
        return entry, entry_bodies.replacement(call, body, entry)

    def apply(body: Body) -> Entry:
        return _replace(call, *check(body))

    written = _each(call, bodies, check, apply)
    if parameters.boolean(call.query, "hydrated"):
        hydrated = (
            render.hydrated_entry(call.world, call.contents, entry, with_user=True)
            for entry in written
        )
        return Reply([render.without_rates(each) for each in hydrated])
    return Reply([render.written_entry(entry) for entry in written])


def delete(call: Call) -> Reply:
    """`DELETE /time-entries/{id}`; an entry that is gone already is an unknown one."""
    _delete(call, _own(call, call.path["entry_id"]))
    return Reply(None, status=HTTPStatus.NO_CONTENT)


def delete_many(call: Call) -> Reply:
    """`DELETE /user/{u}/time-entries`: those named in the query, whatever its title says."""
    user_id = call.path["user_id"]
    permits.check_writer(call, user_id)
    ids = _ids(call)
    _check_number(call, ids)
    deleted = _each(
        call,
        ids,
        lambda entry_id: _of(call, entry_id, user_id),
        lambda entry_id: _delete(call, _of(call, entry_id, user_id)),
    )
    return Reply([render.written_entry(entry) for entry in deleted])


def stop(call: Call) -> Reply:
    """`PATCH /user/{u}/time-entries`: stop a person's timer at an instant."""
    user_id = call.path["user_id"]
    permits.check_writer(call, user_id)
    end = body_of(call).instant("end")
    if end is None:
        raise errors.invalid("end is required")
    running = [each for each in call.contents.entries.running() if each.user_id == user_id]
    if not running:
        raise errors.no_timer(call.contents.workspace.id, user_id)
    timer = running[-1]
    permits.check_unlocked(call, entry=timer)
    if end < timer.start:
        raise errors.invalid(f"Start datetime {timer.start} is greater than end datetime {end}")
    wanted = {key: getattr(timer, key) for key, _ in entry_bodies.BLANK}
    entry_bodies.check_required(call, wanted)
    _hide(call, timer.id, timer)
    edits.stop_timer(call.world, call.contents.workspace.id, user_id, end)
    return Reply(render.written_entry(call.contents.entries[timer.id]))


def _create(call: Call, user_id: str) -> Reply:
    wanted = entry_bodies.new_entry(call, body_of(call), user_id)
    if wanted["end"] is None:
        _stop_others(call, user_id)
    entry = edits.add_entry(call.world, call.contents.workspace.id, user_id, **wanted)
    _hide(call, entry.id, None)
    return Reply(render.written_entry(entry), status=HTTPStatus.CREATED)


def _replace(call: Call, entry: Entry, wanted: dict[str, Any]) -> Entry:
    if wanted["end"] is None and entry.end is not None:
        _stop_others(call, entry.user_id)
    _hide(call, entry.id, entry)
    return edits.replace_entry(call.world, entry.workspace_id, entry.id, **wanted)


def _delete(call: Call, entry: Entry) -> Entry:
    _hide(call, entry.id, entry)
    edits.delete_entry(call.world, entry.workspace_id, entry.id)
    return entry


def _stop_others(call: Call, user_id: str) -> None:
    """Stop the running timer of a person who starts another: everybody has one at most."""
    for entry in call.contents.entries.running():
        if entry.user_id == user_id:
            _hide(call, entry.id, entry)
    edits.stop_timer(call.world, call.contents.workspace.id, user_id)


def _own(call: Call, entry_id: str) -> Entry:
    """Find an entry that the caller may write."""
    entry = call.contents.entries.get(entry_id)
    if entry is None:
        raise errors.not_in_workspace("Time entry")
    permits.check_writer(call, entry.user_id)
    permits.check_unlocked(call, entry=entry)
    return entry


def _of(call: Call, entry_id: str, user_id: str) -> Entry:
    """Find an entry of a person that the caller may write."""
    entry = call.contents.entries.get(entry_id)
    if entry is None or entry.user_id != user_id:
        raise errors.not_in_workspace("Time entry")
    permits.check_unlocked(call, entry=entry)
    return entry


def _each(
    call: Call,
    items: Sequence[Any],
    check: Callable[[Any], object],
    apply: Callable[[Any], Entry],
) -> list[Entry]:
    """Apply a bulk request, as a whole or up to its first mistake."""
    if call.options.bulk_atomic:
        for item in items:
            check(item)
    return [apply(item) for item in items]


def _ids(call: Call) -> list[str]:
    sent = call.query.getlist(IDS)
    if not any(sent):
        raise errors.missing_parameter(IDS)
    match call.options.delete_ids:
        case "comma":
            sent = sent[0].split(",")
        case "both":
            sent = parameters.listed(call.query, IDS)
    return list(dict.fromkeys(sent))


def _check_number(call: Call, items: Sequence[object]) -> None:
    limit = call.options.bulk_limit
    if len(items) > limit:
        raise errors.invalid(f"At most {limit} time entries are accepted")


def _hide(call: Call, entry_id: str, before: Entry | None) -> None:
    key = call.contents.workspace.id, entry_id
    call.api.late.hide(call.options.write_delay, key, before)
