"""Two workspaces, and the people who edit them at random."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from destination_side import PERSON, Natives, day_of, edit, furnished
from source_side import FIRST_DAY, PROJECTS, TAGS, TASKS, Entry, Source, utc

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKBACK = 7
FIELD = "Source id"
SELECTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"clients": ["Acme"]},
    {"projects": ["Web", "Ops"]},
    {"tags": ["share"]},
    {"users": ["u1", "cy@example.org"], "clients": ["Acme"]},
)


@dataclass
class Variant:
    """What differs between histories, besides the edits.

    Attributes:
        is_dense: Whether many entries have the same times.
        has_field: Whether a custom field of the copies replaces the ledger.
    """

    is_one_person: bool
    adopts: bool
    select: dict[str, Any]
    client: str | None
    is_whole: bool
    with_tags: bool
    zone: str
    refuses_unknown: bool
    is_dense: bool
    has_field: bool

    @classmethod
    def chosen(cls, rng: random.Random) -> Variant:
        """Choose one."""
        return cls(
            is_one_person=rng.random() < 0.35,
            adopts=rng.random() < 0.5,
            select=rng.choice(SELECTIONS),
            client=rng.choice([None, "Agency"]),
            is_whole=rng.random() < 0.5,
            with_tags=rng.random() < 0.7,
            zone=rng.choice(["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"]),
            refuses_unknown=rng.random() < 0.5,
            is_dense=rng.random() < 0.4,
            has_field=rng.random() < 0.2,
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings of the target."""
        chosen: dict[str, Any] = {"max_delete_share": 1, "select": self.select}
        if self.has_field:
            chosen |= {"ledger": None, "ledger_field": FIELD}
        if self.is_one_person:
            chosen["user_map"] = {"*": "me"}
        if not self.adopts:
            chosen["adopt"] = "never"
        if self.client:
            chosen["client"] = self.client
        if not self.is_whole:
            chosen["create_missing"] = ["clients", "projects", "tasks", "tags"]
        return chosen

    def person(self, user: str) -> str:
        """Return whose copies those of a person's entries are."""
        return "u1" if self.is_one_person else PERSON[user]

    def selects(self, entry: Entry) -> bool:
        """Say whether an entry should have a copy."""
        select = self.select
        return (
            entry.end is not None
            and entry.client in select.get("clients", [entry.client])
            and entry.project in select.get("projects", [entry.project])
            and ("tags" not in select or bool(set(select["tags"]) & set(entry.tags)))
            and ("users" not in select or entry.user in {"u1", "s3"})
        )

    @property
    def people(self) -> int:
        """How many people may have copies."""
        return 1 if self.is_one_person else len(PERSON)


class World:
    """A source and a destination.

    Attributes:
        log: What happened, in short.
        today: The day.
        is_settled: Whether the last run of the target ended well, so that it knows all its copies.
        edited: Copies that were edited since a run ended well.
    """

    def __init__(self, seed: int, *, is_careless: bool = False) -> None:
        """Choose a variant, and fill both workspaces.

        Args:
            seed: Decides what happens.
            is_careless: Whether people do, after a run that was killed, what makes it impossible to
                tell copies from natives: move them, edit them twice, track equal time.
        """
        self.is_careless = is_careless
        self.rng = random.Random(seed)  # noqa: S311 - reproducible
        self.variant = Variant.chosen(self.rng)
        self.log: list[str] = []
        self.tags = TAGS if self.variant.with_tags else TAGS[:3]
        self.source, self.today = Source(), FIRST_DAY
        self.place = furnished(
            self.variant.zone,
            refuses_unknown=self.variant.refuses_unknown,
            client=self.variant.client,
            is_whole=self.variant.is_whole,
        )
        if self.variant.has_field:
            self.place.fields["f1"] = {"id": "f1", "name": FIELD, "type": "TXT"}
            self.place.fields["f1"] |= {"status": "INVISIBLE", "entityType": "TIMEENTRY"}
        self.natives = Natives(self.place)
        self.is_settled = True
        self.edited: set[str] = set()
        for _ in range(16):
            self.add(age=self.rng.randint(0, 13))
        for _ in range(4):
            self.add_native()

    def note(self, what: str) -> None:
        """Log what happened."""
        self.log.append(f"{self.today} {what}")

    # People at the source.

    def add(self, age: int) -> Entry:
        """Track some time at the source."""
        rng = self.rng
        project = rng.choice([*PROJECTS, "Web", "App", None])
        day = self.today - dt.timedelta(days=age)
        start = dt.datetime.combine(day, dt.time(*self.clock()))
        start = start.replace(tzinfo=dt.UTC)
        lengths = [30, 30, 90] if self.variant.is_dense else [0, 15, 30, 90, 180]
        entry = self.source.add(
            user=rng.choice(list(PERSON)),
            start=start,
            end=start + dt.timedelta(minutes=rng.choice(lengths)),
            description=self.words(),
            project=project,
            task=self.task_of(project),
            tags=tuple(rng.sample(self.tags, rng.choice([0, 1, 1, 2]))),
            billable=rng.random() < 0.5,
        )
        self.note(f"new {entry}")
        return entry

    def clock(self) -> tuple[int, int]:
        """Return an hour and a minute."""
        if self.variant.is_dense:
            return self.rng.choice([0, 12]), 0
        return self.rng.randint(0, 23), 15 * self.rng.randint(0, 3)

    def words(self) -> str:
        """Return a description; few differ, so that entries are often alike."""
        return self.rng.choice(["", "Header", "Footer", "Call", "Review 🙂"])

    def task_of(self, project: str | None) -> str | None:
        """Return a task of a project, or none."""
        return self.rng.choice([None, *TASKS[project]]) if project else None

    def edit_source(self) -> None:
        """Make one edit at the source."""
        rng, source = self.rng, self.source
        kinds = ["new"] * 4 + ["delete"] * 2 + ["edit"] * 8 + ["twin", "restore", "restore"]
        kind = rng.choice(kinds)
        if kind == "restore" and source.bin:
            chosen = rng.choice(list(source.bin))
            source.restore(chosen)
            self.note(f"restored {chosen}")
            return
        if kind in {"new", "restore"} or not source.live:
            entry = self.add(age=rng.choice([0, 0, 0, 1, 3, 9]))
            if rng.random() < 0.2:
                entry.end = None
                self.note(f"{entry.id} runs")
            return
        entry = rng.choice(list(source.live.values()))
        if kind == "delete":
            source.delete(entry)
        elif kind == "twin":
            source.twin(entry)
        else:
            self.edit_entry(entry)
        self.note(f"{kind} {entry}")

    def edit_entry(self, entry: Entry) -> None:
        """Edit a field or two of an entry of the source."""
        rng = self.rng
        if entry.end is None and rng.random() < 0.7:
            entry.end = entry.start + dt.timedelta(minutes=45)
            return
        for kind in rng.sample(
            ["text", "time", "day", "project", "task", "tags", "money", "who"], 2
        ):
            if kind == "text":
                entry.description = self.words()
            elif kind == "time" and entry.end:
                entry.end += dt.timedelta(minutes=rng.choice([5, 20]))
            elif kind == "day":
                shift = dt.timedelta(days=rng.choice([-9, -1, 1, 3]))
                entry.start += shift
                entry.end = entry.end and entry.end + shift
            elif kind == "project":
                entry.project = rng.choice([*PROJECTS, None])
                entry.task = self.task_of(entry.project)
            elif kind == "task":
                entry.task = self.task_of(entry.project)
            elif kind == "tags":
                entry.tags = tuple(rng.sample(self.tags, rng.choice([0, 1, 2])))
            elif kind == "money":
                entry.billable = not entry.billable
            else:
                entry.user = rng.choice(list(PERSON))

    # People at the destination.

    def add_native(self) -> None:
        """Track time at the destination; some of it is equal in time to an entry of the source.

        While a run has not ended well, nobody could tell such an entry from a copy whose id the
        target did not learn, so it is at another second then.
        """
        rng, is_safe = self.rng, self.is_settled or self.is_careless
        entry = rng.choice(list(self.source.live.values()))
        body: dict[str, Any] = {"start": utc(entry.start), "description": f"own {self.words()}"}
        if is_safe and not self.variant.adopts and rng.random() < 0.5:
            body["description"] = entry.description
        if not is_safe:
            body["start"] = utc(entry.start + dt.timedelta(seconds=7))
        end = (entry.end or entry.start) + dt.timedelta(minutes=0 if is_safe else 1)
        if rng.random() < 0.9:
            body["end"] = utc(end)
        projects = [row for row in self.place.projects.values() if row["name"] == entry.project]
        if rng.random() < 0.3:
            projects = [row for row in self.place.projects.values() if row["name"] == "Own"]
        if projects:
            body["projectId"] = projects[0]["id"]
        native = self.natives.make(self.variant.person(entry.user), **body)
        self.note(f"native {native} {body}")

    def edit_destination(self) -> None:
        """Make one edit at the destination."""
        rng = self.rng
        own = list(self.natives.rows)
        kind = rng.choice(["native", "native", "copy", "copy", "copy", "gone", "gone"])
        if kind == "native" and (not own or rng.random() < 0.4):
            self.add_native()
        elif kind == "native":
            native = rng.choice(own)
            if rng.random() < 0.5 or self.natives.rows[native]["timeInterval"]["end"] is None:
                self.natives.delete(native)
            else:
                self.natives.edit(native, description=f"mine {rng.random():.3f}")
            self.note(f"native {native} edited or deleted")
        else:
            self.edit_copy(deletes=kind == "gone")

    def edit_copy(self, *, deletes: bool) -> None:
        """Edit, move or delete a copy whose day the next run sends again.

        While a run has not ended well, the target may not know the id of the copy. It is to find
        it by its time and one more field, so only one other field is edited then.
        """
        rng, since = self.rng, (self.today - dt.timedelta(days=LOOKBACK - 1)).isoformat()
        copies = [
            row
            for key, row in self.place.entries.items()
            if key not in self.natives.ids | self.edited and day_of(row) >= since
        ]
        if not copies:
            return
        copy_id = rng.choice(copies)["id"]
        if deletes:
            self.place.delete_entry(copy_id)
            self.note(f"copy {copy_id} deleted")
            return
        if not self.is_careless:
            self.edited.add(copy_id)
        choices: list[Callable[[], dict[str, Any]]] = [
            lambda: {"description": f"theirs {rng.random():.3f}"},
            lambda: {"billable": rng.random() < 0.5},
            lambda: {"tagIds": [rng.choice(list(self.place.tags))]},
            lambda: {"projectId": rng.choice(list(self.place.projects))},
        ]
        if self.is_settled or self.is_careless:
            choices += [lambda: self.moved(copy_id)] * 2
        changes = rng.choice(choices)()
        edit(self.place, copy_id, **changes)
        self.note(f"copy {copy_id} edited: {changes}")

    def moved(self, copy_id: str) -> dict[str, Any]:
        """Return the times of a copy that is moved by some days."""
        shift = dt.timedelta(days=self.rng.choice([-30, -1, 1, 25]))
        times = self.place.entries[copy_id]["timeInterval"]
        return {key: utc(dt.datetime.fromisoformat(times[key]) + shift) for key in ("start", "end")}
