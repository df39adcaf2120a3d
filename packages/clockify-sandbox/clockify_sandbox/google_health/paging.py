"""Pages and their tokens. A token says where its page starts, and what the first request asked."""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clockify_sandbox.google_health import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clockify_sandbox.google_health.options import Options


@dataclass(frozen=True)
class Page:
    """The positions of a page, and the token of the next one if there is any."""

    first: int
    end: int
    token: str | None


def page(keys: Sequence[str], size: int, token: str, asked: object, options: Options) -> Page:
    """Find the page that a token leads to, of results with ascending keys.

    `asked` is everything else that the request says; a token is refused if it was different.
    """
    print_ = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    state: dict[str, Any] = {"after": None, "offset": 0, "empty": False}
    if token:
        state = _unpack(token, print_)
    first: int = state["offset"]
    if options.paging == "key" and state["after"] is not None:
        first = bisect_right(keys, state["after"])
    if state["empty"]:
        following = {**state, "empty": False}
        return Page(first, first, _pack(following, print_))
    end = min(first + size, len(keys))
    if end >= len(keys):
        return Page(first, end, None)
    empty = options.empty_pages and not token
    following = {"after": keys[end - 1], "offset": end, "empty": empty}
    return Page(first, end, _pack(following, print_))


def _pack(state: dict[str, Any], print_: str) -> str:
    text = json.dumps({**state, "asked": print_}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(token: str, print_: str) -> dict[str, Any]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        state: dict[str, Any] = json.loads(text)
        asked = state.pop("asked")
        state = {name: state[name] for name in ("after", "offset", "empty")}
        state["offset"] = int(state["offset"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.invalid("The page token is invalid.") from error
    if asked != print_:
        raise errors.invalid("The page token belongs to a request with other parameters.")
    return state
