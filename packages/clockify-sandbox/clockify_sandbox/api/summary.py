"""The summary report: seconds and money by up to three groups, nested."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.api.query import ReportQuery, parse, selected
from clockify_sandbox.api.totals import totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clockify_sandbox.world.model import Entry

Json = dict[str, object]
Group = tuple[str, str]
"""Id and name of a group; the id is empty for "without project" and similar groups."""
GROUPS = (
    "CLIENT",
    "PROJECT",
    "DATE",
    "WEEK",
    "MONTH",
    "TASK",
    "TIMEENTRY",
    "USER",
    "TAG",
)
MAX_LEVELS = 3


def summary(call: Call) -> Reply:
    """`POST /reports/summary`."""
    query = parse(call, "summaryFilter", running=call.options.running_in_summary)
    levels = _levels(query.body["summaryFilter"])
    entries = selected(call, query)
    if query.running:
        return Reply(Grouping(call, query, levels).report(entries))  # grows with the timers
    key = ("summary", call.contents.version, id(entries), json.dumps(query.body, default=str))
    _, report = call.api.cache.get(
        key, lambda: (entries, Grouping(call, query, levels).report(entries))
    )
    return Reply(report)


def _levels(asked: object) -> list[str]:
    levels = asked.get("groups") if isinstance(asked, dict) else None
    if not isinstance(levels, list) or not 1 <= len(levels) <= MAX_LEVELS:
        message = "Between one and three groups are required"
        raise errors.invalid(message)
    if any(level not in GROUPS for level in levels):
        message = "Invalid group name"
        raise errors.invalid(message)
    return levels


@dataclass(slots=True)
class Node:
    """A group being summed up: seconds, amounts in minor units, and the groups in it."""

    seconds: int = 0
    amounts: list[float] = field(default_factory=list)
    children: dict[Group, Node] = field(default_factory=dict)

    def child(self, key: Group) -> Node:
        """Find a group in this one, or create it."""
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = Node()
        return found

    def add(self, seconds: int, amounts: list[float]) -> None:
        """Count an entry."""
        self.seconds += seconds
        if self.amounts:
            for number, amount in enumerate(amounts):
                self.amounts[number] += amount
        else:
            self.amounts = list(amounts)


class Grouping:
    """Groups entries by the requested levels."""

    def __init__(self, call: Call, query: ReportQuery, levels: list[str]) -> None:
        """Prepare what is the same for all groups."""
        self._call = call
        self._contents = call.contents
        self._query = query
        self._levels = levels
        asked: dict[str, Any] = query.body["summaryFilter"]
        self._column = asked.get("sortColumn") or "GROUP"
        self._descending = query.body.get("sortOrder") == "DESCENDING"
        self._keys: dict[str, Callable[[Entry], list[Group]]] = {
            "DATE": self._date,
            "WEEK": self._week,
            "MONTH": self._month,
            "USER": self._user,
            "PROJECT": self._project,
            "CLIENT": self._client,
            "TASK": self._task,
            "TAG": self._tags,
            "TIMEENTRY": lambda entry: [(entry.description, entry.description)],
        }

    def report(self, entries: Sequence[Entry]) -> Json:
        """Write the whole answer."""
        groups = self._groups(self._tree(entries), 0, {})
        counts: Json = {"groupOneTotalCount": len(groups)}
        if len(self._levels) > 1:
            children = [group["children"] for group in groups]
            counts["groupTwoTotalCount"] = sum(
                len(each) for each in children if isinstance(each, list)
            )
        return {
            "totals": totals(self._call, self._query, entries),
            "donutChart": [],
            "groupTotals": counts,
            "groupOne": groups,
        }

    def _tree(self, entries: Sequence[Entry]) -> Node:
        """Add every entry once to each group that it is in, at every level."""
        query = self._query
        levels = [self._keys[level] for level in self._levels]
        root = Node()
        for entry in entries:
            seconds = query.seconds(entry)
            amounts = query.amounts_of(entry, seconds)
            parents = [root]
            for keys_of in levels:
                keys = keys_of(entry)
                parents = [parent.child(key) for parent in parents for key in keys]
                for node in parents:
                    node.add(seconds, amounts)
        return root

    def _groups(self, node: Node, depth: int, above: dict[str, str]) -> list[Json]:
        groups = [self._group(key, part, depth, above) for key, part in node.children.items()]
        return self._sorted(groups)

    def _group(self, key: Group, node: Node, depth: int, above: dict[str, str]) -> Json:
        level = self._levels[depth]
        group_id, name = key
        path = {**above, level: group_id}
        group: Json = {
            "_id": path if level == "TIMEENTRY" else group_id,
            "name": name,
            "nameLowerCase": name.lower(),
            "duration": node.seconds,
            **self._extras(level, group_id, name),
            **self._money(node),
        }
        if not group_id and level not in {"TIMEENTRY", "DATE"}:
            self._unnamed(group)
        if depth + 1 < len(self._levels):
            group["children"] = self._groups(node, depth + 1, path)
        return group

    def _unnamed(self, group: Json) -> None:
        match self._call.options.missing_group_id:
            case "null":
                group["_id"] = None
            case "absent":
                del group["_id"]

    def _money(self, node: Node) -> Json:
        # The listed value is rounded to a minor unit and `amount` is not, as seen live.
        money: Json = {
            "amounts": [
                {"type": kind, "value": round(amount)}
                for kind, amount in zip(self._query.amounts, node.amounts, strict=True)
            ]
        }
        if node.amounts:
            money["amount"] = node.amounts[0]
        return money

    def _extras(self, level: str, group_id: str, name: str) -> Json:
        if level == "USER":
            member = self._contents.members.get(group_id)
            return {
                "hasMembership": member is not None and member.status == "ACTIVE",
                "sortingField": f"1-{name.lower()}",
            }
        if level != "PROJECT":
            return {}
        project = self._contents.projects.get(group_id)
        client = self._contents.clients.get(project.client_id or "") if project else None
        return {
            "color": project.color if project else "",
            "clientName": client.name if client else "",
            "currency": self._contents.currency_of(group_id),
            "workspaceCurrencyCode": self._contents.workspace.default_currency,
        }

    def _sorted(self, groups: list[Json]) -> list[Json]:
        def place(group: Json) -> Any:
            match self._column:
                case "DURATION":
                    return group["duration"]
                case "AMOUNT" | "EARNED" | "COST" | "PROFIT":
                    return group.get("amount", 0)
            return group["nameLowerCase"]

        return sorted(groups, key=place, reverse=self._descending)

    def _day(self, entry: Entry) -> date:
        return entry.start.astimezone(self._query.zone).date()

    def _date(self, entry: Entry) -> list[Group]:
        day = self._day(entry).isoformat()
        return [(day, day)]

    def _week(self, entry: Entry) -> list[Group]:
        day = self._day(entry)
        week = (day - timedelta(days=day.weekday())).isoformat()
        return [(week, week)]

    def _month(self, entry: Entry) -> list[Group]:
        month = f"{self._day(entry):%Y-%m}"
        return [(month, month)]

    def _user(self, entry: Entry) -> list[Group]:
        return [(entry.user_id, self._call.world.users[entry.user_id].name)]

    def _project(self, entry: Entry) -> list[Group]:
        project = self._contents.projects.get(entry.project_id or "")
        return [(project.id, project.name) if project else ("", "(Without project)")]

    def _client(self, entry: Entry) -> list[Group]:
        project = self._contents.projects.get(entry.project_id or "")
        client = self._contents.clients.get(project.client_id or "") if project else None
        return [(client.id, client.name) if client else ("", "(Without client)")]

    def _task(self, entry: Entry) -> list[Group]:
        task = self._contents.tasks.get(entry.task_id or "")
        return [(task.id, task.name) if task else ("", "(Without task)")]

    def _tags(self, entry: Entry) -> list[Group]:
        tags = [(tag_id, self._contents.tags[tag_id].name) for tag_id in entry.tag_ids]
        if not tags:
            return [("", "(Without tags)")]
        if self._call.options.tag_groups == "per_tag":
            return tags
        return [(",".join(each for each, _ in tags), ", ".join(name for _, name in tags))]
