"""What a run says: the plan, a line for each step, and the summary."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_clockify.content import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from target_clockify.entries import Entry
    from target_clockify.making import Rename
    from target_clockify.plan import Plan, Step
    from target_clockify.resolve import Make
    from target_clockify.sources import SourceEntry

SIGNS = {"create": "+", "update": "~", "delete": "-", "keep": "=", "reject": "!"}


@dataclass
class Summary:
    """The result of a run.

    Attributes:
        counts: How many entries were created, updated, deleted, adopted.
        unchanged: How many copies needed nothing.
        kept: How many copies stay different, since ``on_conflict`` is ``keep``.
        reasons: How many entries were rejected for each reason.
        left: How many entries are left to later runs.
        orphans: How many copies have an entry that the input should have, and has not.
        skipped: How many entries are copies of another sync, and have no copy of their own.
        made: How many clients, projects, tasks and tags were made.
        renamed: How many of them were renamed.
        ignored: Rows of streams that the target does not use.
        requests: How many requests were sent.
        is_equal: Whether the last read showed that the copies are as they should be.
    """

    counts: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    left: int = 0
    orphans: int = 0
    skipped: int = 0
    made: int = 0
    renamed: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    is_equal: bool = False

    @property
    def rejected(self) -> int:
        """How many entries could not be written."""
        return sum(self.reasons.values())

    def line(self) -> str:
        """Return the summary as a line for people."""
        parts = [
            *(f"{name} {self.counts[name]}" for name in ("created", "updated", "deleted")),
            f"unchanged {self.unchanged}",
            f"adopted {self.counts['adopted']}",
            f"kept {self.kept}",
            f"rejected {self.rejected}{_in_brackets(self.reasons)}",
        ]
        rare = ("left", "orphans", "skipped", "made", "renamed")
        parts += [f"{name} {getattr(self, name)}" for name in rare if getattr(self, name)]
        if self.ignored:
            rows = sum(self.ignored.values())
            parts.append(f"ignored {rows} rows of {len(self.ignored)} other streams")
        return f"{', '.join(parts)}, equal: {'yes' if self.is_equal else 'no'}"

    def as_json(self) -> str:
        """Return the summary as a line of JSON."""
        found: dict[str, Any] = {
            **{name: self.counts[name] for name in ("created", "updated", "deleted", "adopted")},
            **{name: value for name, value in vars(self).items() if isinstance(value, int)},
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "ignored": dict(self.ignored),
        }
        found["equal"] = found.pop("is_equal")
        return json.dumps({"summary": found}, ensure_ascii=False)


@dataclass(frozen=True)
class Describer:
    """Describes steps with the names of the source.

    Attributes:
        entries: Entries of the source, by id.
        zone: The time zone of the owner of the key.
    """

    entries: Mapping[str, SourceEntry]
    zone: ZoneInfo

    def lines(self, plan: Plan, makes: Iterable[Make], renames: Iterable[Rename]) -> list[str]:
        """Describe a plan, a line for each step."""
        return [
            *(f'+ {make.kind[:-1]} "{make.name}"' for make in makes),
            *(f'~ {each.kind[:-1]} "{each.item.name}" -> "{each.name}"' for each in renames),
            *(self._line(step) for step in sorted(plan.steps, key=_when)),
        ]

    def found(self, adopted: Mapping[str, Entry], unexplained: Iterable[Entry]) -> list[str]:
        """Describe what is there already: entries to be adopted, and others beside them."""
        return [
            *(f"= {self._entry(entry)} : adopted" for entry in adopted.values()),
            *(f"? {self._entry(entry)} : not a copy, stays" for entry in unexplained),
        ]

    def _entry(self, entry: Entry) -> str:
        text = json.dumps(entry.content.description, ensure_ascii=False)
        return f"{self._interval(entry.content, None)} {text}"

    def records(
        self, plan: Plan, makes: Iterable[Make], renames: Iterable[Rename]
    ) -> list[dict[str, Any]]:
        """Describe a plan as objects for JSON lines."""
        return [
            *({"action": "make", "kind": make.kind, "name": make.name} for make in makes),
            *(
                {"action": "rename", "kind": each.kind, "name": each.item.name, "to": each.name}
                for each in renames
            ),
            *(self._record(step) for step in sorted(plan.steps, key=_when)),
        ]

    def _line(self, step: Step) -> str:
        content = step.content or (step.copy.content if step.copy else None)
        entry = self.entries.get(step.key)
        parts = [SIGNS[step.action], self._interval(content, entry)]
        if entry:
            where = " / ".join(filter(None, (entry.project, entry.task)))
            tags = f" [{entry.tags}]" if entry.tags else ""
            text = json.dumps(entry.description, ensure_ascii=False)
            parts += [entry.user, f" {where}" if where else " -", f" {text}{tags}"]
        elif content:
            parts.append(json.dumps(content.description, ensure_ascii=False))
        if step.action == "update":
            parts.append(f" ({', '.join(step.changed)})")
        if step.reason:
            parts.append(f" : {step.reason}")
        return " ".join(part for part in parts if part)

    def _interval(self, content: Any, entry: SourceEntry | None) -> str:
        if content is None:
            return f"{entry.start} to {entry.end}" if entry else ""
        start = content.start.astimezone(self.zone)
        end = content.end.astimezone(self.zone) if content.end else None
        return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}" if end else f"{start:%Y-%m-%d %H:%M}-"

    def _record(self, step: Step) -> dict[str, Any]:
        entry = self.entries.get(step.key)
        content = step.content or (step.copy.content if step.copy else None)
        found: dict[str, Any] = {"action": step.action, "source_id": step.key}
        if step.copy:
            found["copy_id"] = step.copy.id
        if content:
            found["user_id"] = content.user
            found["start"] = stamp(content.start)
            found["end"] = stamp(content.end) if content.end else None
            found["description"] = content.description
        if entry:
            found |= {"user": entry.user, "project": entry.project, "task": entry.task}
            found["tags"] = entry.tags
        if step.changed:
            found["changed"] = list(step.changed)
        if step.reason:
            found["reason"] = step.reason
        return found


def print_summary(summary: Summary) -> None:
    """Print the summary for people and for programs; stdout is for STATE."""
    print(f"Clockify: {summary.line()}", file=sys.stderr)  # noqa: T201
    print(summary.as_json(), file=sys.stderr, flush=True)  # noqa: T201


def write_plan(path: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Write the plan as JSON lines to a file that only its owner may read."""
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    Path(path).chmod(0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(each, ensure_ascii=False)}\n" for each in records)


def _when(step: Step) -> tuple[str, str]:
    content = step.content or (step.copy.content if step.copy else None)
    return (stamp(content.start) if content else "", step.key)


def _in_brackets(counts: Counter[str]) -> str:
    if not counts:
        return ""
    return f" ({', '.join(f'{number} {name}' for name, number in counts.most_common())})"
