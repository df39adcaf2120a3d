"""Write what streams remember in common only once. Pure functions.

Streams that are made from the same entries remember the same entries, which is most of the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHORT = 100
"""Texts up to this length are written for every stream."""

SAME_AS = "same_as"
"""The key of what replaces a text: the stream that has the same text under the same name."""


def shared(bookmarks: Mapping[str, Any]) -> dict[str, Any]:
    """Replace each long text that an earlier stream has for the same workspace."""
    written: dict[tuple[str, str, str], str] = {}

    def shorten(stream: str, workspace: str, name: str, value: Any) -> Any:
        if not isinstance(value, str) or len(value) <= SHORT:
            return value
        first = written.setdefault((workspace, name, value), stream)
        return value if first == stream else {SAME_AS: first}

    return _mapped(bookmarks, shorten)


def unshared(bookmarks: Mapping[str, Any]) -> dict[str, Any]:
    """Undo ``shared``. What refers to a stream that is not there any more stays as it is."""
    found: dict[tuple[str, str, str], Any] = {}

    def note(stream: str, workspace: str, name: str, value: Any) -> Any:
        found[stream, workspace, name] = value
        return value

    def restore(_stream: str, workspace: str, name: str, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {SAME_AS}:
            return found.get((str(value[SAME_AS]), workspace, name), value)
        return value

    return _mapped(_mapped(bookmarks, note), restore)


def _mapped(
    bookmarks: Mapping[str, Any], change: Callable[[str, str, str, Any], Any]
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for stream, bookmark in bookmarks.items():
        if not isinstance(bookmark, dict) or not isinstance(bookmark.get("partitions"), list):
            changed[stream] = bookmark
            continue
        partitions = [
            {
                name: change(stream, str(partition.get("context")), name, value)
                for name, value in partition.items()
            }
            if isinstance(partition, dict)
            else partition
            for partition in bookmark["partitions"]
        ]
        changed[stream] = {**bookmark, "partitions": partitions}
    return changed
