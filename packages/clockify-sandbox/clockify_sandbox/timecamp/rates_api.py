"""What an hour is worth: the rates of people, tasks and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.call import RefusedError, read_ids

if TYPE_CHECKING:
    from collections.abc import Container

    from clockify_sandbox.timecamp.call import Call
    from clockify_sandbox.timecamp.model import Rate, RateKind

Json = dict[str, object]
Rates = dict[str, list[Json]]

NOT_PERMITTED = "You are not allowed to browse rates"
NOT_FOUND = "{} {} not found"


def of_users(call: Call) -> Rates:
    """Answer `GET /user/{ids}/rate`, which has no answer for people without rates."""
    return _rates(call, "user", _asked(call))


def of_tasks(call: Call) -> Rates:
    """Answer `GET /task/{ids}/rate`."""
    return _rates(call, "task", _known(call, "Task", call.world.tasks))


def of_groups(call: Call) -> Rates:
    """Answer `GET /group/{ids}/rate`."""
    return _rates(call, "group", _known(call, "Group", call.world.groups))


def _asked(call: Call) -> list[int]:
    """Read the ids in the path, if the asker may see rates at all."""
    if not call.user.is_admin:
        raise RefusedError(403, NOT_PERMITTED)
    return read_ids(call.path["ids"])


def _known(call: Call, name: str, things: Container[int]) -> list[int]:
    """Read the ids in the path, and refuse unknown ones."""
    asked = _asked(call)
    known = [each for each in asked if each in things]
    unknown = [each for each in asked if each not in things]
    if unknown and (call.options.unknown_rates_refuse == "any" or not known):
        raise RefusedError(404, NOT_FOUND.format(name, unknown[0]))
    return known


def _rates(call: Call, kind: RateKind, ids: list[int]) -> Rates:
    """List rates by the thing that has them; those of one type are in the order of their days."""
    wanted = call.query.get("rate_id", "")
    type_ids = None if wanted in {"", "all"} else read_ids(wanted)
    empty = kind != "user" and call.options.things_without_rates == "empty"
    found: Rates = {str(each): [] for each in ids} if empty else {}
    for rate in sorted(call.world.rates.values(), key=lambda rate: (rate.type_id, rate.since)):
        of_these = rate.kind == kind and rate.ref_id in ids
        if of_these and (type_ids is None or rate.type_id in type_ids):
            found.setdefault(str(rate.ref_id), []).append(_rate(call, rate))
    return found


def _rate(call: Call, rate: Rate) -> Json:
    return {
        "rateId": rate.id,
        "rateTypeId": rate.type_id,
        "value": str(rate.value),
        "refType": rate.kind,
        "addDate": rate.since.isoformat(),
        "refId": call.number(rate.ref_id),
    }
