"""Make clients, projects, tasks and tags that are missing, and rename those that were made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.errors import quoted
from clockify_client.http.errors import (
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    RequestError,
    UnansweredError,
)
from clockify_client.http.limits import BudgetSpentError

from target_clockify.directory import Item
from target_clockify.ledger import Made
from target_clockify.resolve import PLACEHOLDER

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable

    from clockify_client.client import ClockifyClient

    from target_clockify.directory import Directory
    from target_clockify.ledger import Ledger
    from target_clockify.resolve import Make
    from target_clockify.settings import Settings

KINDS = ("clients", "projects", "tasks", "tags")
"""In the order in which they need each other."""

PROJECT_COLUMNS = {"billable": "billable", "isPublic": "public", "color": "color", "note": "note"}
"""Names in requests and in answers of what a project's replacement must carry over."""


@dataclass(frozen=True)
class Rename:
    """A new name for something that the target made.

    Attributes:
        kind: ``clients``, ``projects``, ``tasks`` or ``tags``.
        key: Its id at the source.
        item: What it is now.
        name: The new name.
    """

    kind: str
    key: str
    item: Item
    name: str


@dataclass
class Maker:
    """Makes and renames objects of the destination.

    Attributes:
        failed: Why something could not be made, by kind and key.
        made: How many objects were made.
        renamed: How many were renamed.
    """

    client: ClockifyClient
    settings: Settings
    directory: Directory
    ledger: Ledger
    logger: logging.Logger
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    made: int = 0
    renamed: int = 0
    _renamed: set[tuple[str, str]] = field(default_factory=set)
    _warned: bool = False

    def make(self, missing: Iterable[Make]) -> None:
        """Make what has no missing parent; what has one is left for the next call.

        Raises:
            RequestError: Clockify does not accept the key.
            BudgetSpentError: The requests of the hour are used up.
        """
        for each in sorted(missing, key=lambda make: (KINDS.index(make.kind), make.name)):
            if each.parent.startswith(PLACEHOLDER):
                continue
            try:
                body = self.client.write("POST", self._path(each), self._body(each)).body
            except RequestError as error:
                _check(error)
                said = f": {quoted(error.api_message)}" if error.api_message else ""
                self.failed[each.kind, each.key] = (
                    f"{each.kind[:-1]} {quoted(each.name)} cannot be made{said}"
                )
                continue
            except UnansweredError:
                # Names are unique, so the next look at the list shows whether it was made.
                self.directory.drop(each.kind)
                continue
            self._note(each, body)

    def rename(self, renames: Iterable[Rename]) -> None:
        """Give names; errors as of ``make``."""
        for each in renames:
            if (each.kind, each.key) in self._renamed:
                self.failed[each.kind, each.key] = (
                    f"Clockify accepts the new name of {each.kind[:-1]} {quoted(each.item.name)}"
                    " and does not keep it"
                )
                continue
            path = self._path_of(each.kind, each.item)
            try:
                self.client.write("PUT", path, _renamed(each))
            except RequestError as error:
                _check(error)
                self.failed[each.kind, each.key] = (
                    f"{each.kind[:-1]} {quoted(each.item.name)} cannot be renamed:"
                    f" {quoted(error.api_message)}"
                )
                continue
            except UnansweredError:
                self.directory.drop(each.kind)
                continue
            self.ledger.made.setdefault(each.kind, {})[each.key] = Made(each.item.id, each.name)
            self.directory.drop(each.kind)
            self._renamed.add((each.kind, each.key))
            self.renamed += 1

    def _note(self, make: Make, body: Any) -> None:
        found = str(body.get("id") or "") if isinstance(body, dict) else ""
        if not found:
            self.directory.drop(make.kind)
            return
        self.made += 1
        self.ledger.made.setdefault(make.kind, {})[make.key] = Made(found, make.name)
        if make.kind != "clients":
            self.ledger.ids.setdefault(make.kind, {})[make.key] = found
        item = Item(found, make.name, make.parent, body)
        if make.kind == "tasks":
            self.directory.tasks(make.parent)[found] = item
        else:
            getattr(self.directory, make.kind)[found] = item
        wanted = self.settings.project_defaults.get("isPublic")
        if make.kind == "projects" and wanted and body.get("public") is False and not self._warned:
            self._warned = True
            self.logger.warning(
                "Clockify made the project %s private, though isPublic is set. Check who can track"
                " time on it.",
                quoted(make.name),
            )

    def _body(self, make: Make) -> dict[str, Any]:
        if make.kind != "projects":
            return {"name": make.name}
        parent = {"clientId": make.parent} if make.parent else {}
        return {**self.settings.project_defaults, "name": make.name, **parent}

    def _path(self, make: Make) -> str:
        workspace = self.settings.workspace_id
        if make.kind == "tasks":
            return workspace_path(workspace, "projects", make.parent, "tasks")
        return workspace_path(workspace, make.kind)

    def _path_of(self, kind: str, item: Item) -> str:
        workspace = self.settings.workspace_id
        if kind == "tasks":
            return workspace_path(workspace, "projects", item.parent, "tasks", item.id)
        return workspace_path(workspace, kind, item.id)


def _check(error: RequestError) -> None:
    """Raise an error that concerns all requests, not only this one."""
    if error.status == UNAUTHORIZED:
        raise error
    if error.status == TOO_MANY_REQUESTS:
        raise BudgetSpentError(str(error))


def _renamed(rename: Rename) -> dict[str, Any]:
    """Return the whole object with its new name, since a replacement clears what it lacks."""
    kind, now = rename.kind, rename.item.body
    if kind == "projects":
        kept = {
            **{sent: now.get(read) for sent, read in PROJECT_COLUMNS.items()},
            "archived": now.get("archived"),
            "clientId": now.get("clientId"),
            "hourlyRate": _rate(now.get("hourlyRate")),
            "costRate": _rate(now.get("costRate")),
        }
    elif kind == "tasks":
        columns = (
            "assigneeIds",
            "userGroupIds",
            "estimate",
            "status",
            "billable",
            "budgetEstimate",
        )
        kept = {name: now.get(name) for name in columns}
    elif kind == "clients":
        columns = ("address", "archived", "ccEmails", "currencyId", "email", "note")
        kept = {name: now.get(name) for name in columns}
    else:
        kept = {"archived": now.get("archived")}
    return {"name": rename.name, **{key: value for key, value in kept.items() if value is not None}}


def _rate(rate: Any) -> dict[str, Any] | None:
    return {"amount": rate["amount"]} if isinstance(rate, dict) and "amount" in rate else None
