"""Decide what the destination should have: contents of copies, and objects that are missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_clockify.custom_fields import NULL, named_values
from target_clockify.making import KINDS, Rename
from target_clockify.resolve import RejectedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from target_clockify.content import Content
    from target_clockify.directory import Item
    from target_clockify.resolve import Make, Resolver
    from target_clockify.sources import Named, SourceEntry


@dataclass
class Wanted:
    """What the destination should have.

    Attributes:
        contents: What copies should say, by the ids of the entries at the source.
        unwanted: Ids of entries that should have no copy.
        rejected: Why an entry can have no copy, by id.
        skipped: Ids of entries that are copies of another sync.
        makes: What is missing and may be made.
        renames: What was made and has another name now.
        objects_rejected: Why clients, projects, tasks and tags cannot be made.
    """

    contents: dict[str, Content] = field(default_factory=dict)
    unwanted: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    makes: list[Make] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    objects_rejected: list[str] = field(default_factory=list)


def decide(
    resolver: Resolver,
    gone: Collection[str],
    copies: Collection[str],
) -> Wanted:
    """Decide about every entry, and about clients, projects, tasks and tags.

    Args:
        resolver: Looks up ids at the destination.
        gone: Ids of entries that are gone from the source.
        copies: Ids of entries of the source that are copies of another sync.

    Raises:
        UnsureError: The destination's lists are needed, and may not be requested yet.
    """
    wanted = Wanted(unwanted=set(gone))
    chosen = {}
    for key, entry in resolver.sources.items():
        if key in copies or _is_marked(resolver, entry):
            wanted.skipped.add(key)
        elif reason := _unclear(resolver, entry):
            wanted.rejected[key] = reason
        elif _is_chosen(resolver, entry):
            chosen[key] = entry
        else:
            wanted.unwanted.add(key)
    resolver.twins = _twins(resolver, chosen.values())
    for key, entry in chosen.items():
        try:
            wanted.contents[key] = resolver.content(entry)
        except RejectedError as error:
            wanted.rejected[key] = str(error)
    if not resolver.trusts_ledger:
        _decide_objects(resolver, wanted)
        wanted.makes = list(resolver.makes.values())
    return wanted


def _is_marked(resolver: Resolver, entry: SourceEntry) -> bool:
    """Return whether the custom field of the setting ``ledger_field`` says that it is a copy."""
    field_name = resolver.settings.ledger_field
    return field_name is not None and any(
        name == field_name and value != NULL for name, value in named_values(entry.custom_fields)
    )


def _unclear(resolver: Resolver, entry: SourceEntry) -> str:
    """Return what the input lacks to decide about an entry, or an empty string."""
    selection = resolver.settings.selection
    if selection.needs_emails(entry) and resolver.is_unknown(entry.user_id):
        return "select has e-mail addresses: let the tap select the stream users"
    if selection.tags and resolver.tag_names(entry) is None:
        return "the names of the tags are ambiguous: let the tap select the stream tags"
    return ""


def _is_chosen(resolver: Resolver, entry: SourceEntry) -> bool:
    tags = resolver.tag_names(entry) or ()
    return resolver.settings.selection.has(entry, resolver.read.emails, tags)


def _twins(resolver: Resolver, chosen: Iterable[SourceEntry]) -> set[str]:
    """Return names that several projects have, so that only their clients tell them apart."""
    selection = resolver.settings.selection
    named = {(entry.project_id, entry.project) for entry in chosen}
    projects = resolver.read.objects["projects"].values()
    named |= {(each.id, each.name) for each in projects if selection.has_project(each)}
    counts = Counter(name for _, name in named)
    return {name for name, count in counts.items() if count > 1}


def wants_objects(resolver: Resolver) -> bool:
    """Return whether the input has objects that are to be made."""
    return any(resolver.read.objects[kind] for kind in resolver.settings.create_missing)


def _decide_objects(resolver: Resolver, wanted: Wanted) -> None:
    for kind in KINDS:
        if kind not in resolver.settings.create_missing:
            continue
        for each in resolver.read.objects[kind].values():
            try:
                if _is_selected(resolver, kind, each):
                    _look_up(resolver, kind, each)
            except RejectedError as error:
                wanted.objects_rejected.append(str(error))
        for rename in _renames(resolver, kind):
            if reason := resolver.unmakeable.get((kind, rename.key)):
                wanted.objects_rejected.append(reason)
            else:
                wanted.renames.append(rename)


def _is_selected(resolver: Resolver, kind: str, each: Named) -> bool:
    """Return whether an object is to be made: what is archived need not be."""
    selection = resolver.settings.selection
    if each.archived:
        return False
    if kind == "clients":
        # With one client for everything, those of the source do not matter.
        return not resolver.settings.client and selection.has_client(each)
    if kind == "projects":
        return selection.has_project(each)
    if kind == "tasks":
        project = resolver.read.objects["projects"].get(each.parent_id)
        return project is not None and not project.archived and selection.has_project(project)
    return selection.has_tag(each)


def _look_up(resolver: Resolver, kind: str, each: Named) -> None:
    if kind == "clients":
        resolver.client_id(each.name)
    elif kind == "projects":
        resolver.project_id(each.id, each.name, each.parent)
    elif kind == "tasks":
        project = resolver.read.objects["projects"][each.parent_id]
        parent = resolver.project_id(project.id, project.name, project.parent)
        resolver.task_id(each.id, each.name, parent)
    else:
        resolver.tag_id(each.id, each.name)


def _renames(resolver: Resolver, kind: str) -> Iterator[Rename]:
    """Yield new names for what the target made; whatever else there is keeps its name."""
    for key, made in resolver.ledger.made.get(kind, {}).items():
        source = resolver.read.objects[kind].get(key)
        item = _item(resolver, kind, made.id)
        if source is None or item is None:
            continue
        renamed_there = item.name != made.name
        if item.name != source.name and not (
            renamed_there and resolver.settings.on_conflict != "mirror"
        ):
            yield Rename(kind, key, item, source.name)


def _item(resolver: Resolver, kind: str, item_id: str) -> Item | None:
    directory = resolver.directory
    if kind == "clients":
        return directory.clients.get(item_id)
    if kind == "projects":
        return directory.projects.get(item_id)
    if kind == "tags":
        return directory.tags.get(item_id)
    return next(
        (
            tasks[item_id]
            for project in directory.projects
            if item_id in (tasks := directory.tasks(project))
        ),
        None,
    )
