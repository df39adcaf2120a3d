"""What entries show of tasks, people and tags: a new name changes them, though nobody edits them.

TimeCamp does not count that as a modification of the entry. So entries that are older than the
window are read again if something that they refer to has another name than in the last run.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_ledger.stream import Row

OF_TASKS = ("name", "color", "note", "external_task_id")
"""What of a task its entries show."""
DIGEST_LENGTH = 8


def digests(tasks: Iterable[Row], people: Iterable[Row], tags: Iterable[Row]) -> dict[str, str]:
    """Return a short digest of what entries show, by `task ID`, `user ID` and `tag ID`."""
    found = {f"task {task['task_id']}": _digest(*map(task.get, OF_TASKS)) for task in tasks}
    found |= {f"user {one['user_id']}": _digest(one.get("display_name")) for one in people}
    found |= {
        f"tag {tag['tag_id']}": _digest(tag.get("name"), tag.get("tag_list_name")) for tag in tags
    }
    return found


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """Return what has another digest than before, or none any more."""
    return frozenset(name for name, digest in before.items() if now.get(name) != digest)


def refers_to(entry: Row, names: frozenset[str]) -> bool:
    """Tell whether an entry shows one of these."""
    tags: Any = entry.get("tags") or ()
    return (
        f"task {entry.get('task_id')}" in names
        or f"user {entry.get('user_id')}" in names
        or any(f"tag {tag.get('tagId')}" in names for tag in tags if isinstance(tag, dict))
    )


def _digest(*values: Any) -> str:
    text = json.dumps(values, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
