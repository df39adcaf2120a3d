"""What the functions of declared routes use to read a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors, parameters

if TYPE_CHECKING:
    from clockify_sandbox.api.call import Call


def required(call: Call, name: str) -> str:
    """Read a query parameter that must be sent."""
    value = call.query.get(name)
    if not value:
        raise errors.missing_parameter(name)
    return value


def body(call: Call) -> dict[str, Any]:
    """Read the body, which must be an object."""
    if not isinstance(call.body, dict):
        message = "the body must be an object"
        raise errors.unreadable_body(message)
    return call.body


def own_user(call: Call) -> str:
    """Read the person of the path: a member, and a regular member only themselves."""
    user_id = call.path["user_id"]
    if user_id not in call.contents.members:
        raise errors.not_in_workspace("User")
    if user_id != call.caller.id and not call.administrates:
        raise errors.forbidden()
    return user_id


def body_page(asked: dict[str, Any], size_key: str, default: int) -> tuple[int, int]:
    """Read the number and size of a page from a body."""
    page, size = asked.get("page", 1), asked.get(size_key, default)
    if not isinstance(page, int) or not isinstance(size, int):
        message = f"page and {size_key} must be numbers"
        raise errors.unreadable_body(message)
    return page, size


def last_page(call: Call, *, last: bool) -> dict[str, str]:
    """Say whether a page is the last, if posted lists say so at all."""
    if not call.options.last_page_on_posted_lists:
        return {}
    return parameters.last_page(call.options, last=last)
