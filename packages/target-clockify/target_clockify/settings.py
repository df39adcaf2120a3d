"""The settings of the target: declaration, checks, values."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clockify_client import settings as shared
from singer_sdk import typing as th

from target_clockify.content import CHOICES
from target_clockify.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = shared.Program(
    "target-clockify",
    "It is a key of the destination; to write other people's time, its owner must be an owner or"
    " admin there.",
)
BOUNDS = {**shared.BOUNDS, "max_delete_share": (0, 1)}
CREATABLE = ("clients", "projects", "tasks", "tags")
DEFAULT_FIELDS = ("description", "billable", "task", "tags")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

_texts = th.ArrayType(th.StringType)
_shared = shared.connection_settings(TARGET)

SETTINGS: dict[str, Any] = th.PropertiesList(
    _shared["api_key"],
    _shared["addon_token"],
    th.Property(
        "workspace_id",
        th.StringType,
        required=True,
        title="Destination",
        description="Id of the workspace that is written to.",
    ),
    th.Property(
        "source_workspace_id",
        th.StringType,
        title="Source",
        description=(
            "Id of the workspace whose rows count. Default: the only one in the input; if there are"
            " several, nothing is written."
        ),
    ),
    th.Property(
        "select",
        th.ObjectType(
            th.Property("clients", _texts),
            th.Property("projects", _texts),
            th.Property("users", _texts),
            th.Property("tags", _texts),
            th.Property("since", th.StringType),
            additional_properties=False,
        ),
        title="Selection",
        description=(
            "Which entries are copied, by names or ids at the source: clients, projects, users"
            " (e-mail addresses, too) and tags; since is the first day, such as 2026-01-31. An"
            " entry must match each of the parts that are set. A copy of an entry that leaves the"
            " selection is deleted. Default: everything."
        ),
    ),
    th.Property(
        "user_map",
        th.ObjectType(additional_properties=th.StringType),
        title="People",
        description=(
            "Whose entry a copy is: id or e-mail address at the source, then id or e-mail address"
            ' at the destination, or me for the owner of the key. {"*": "me"} maps everybody.'
            " Default: the same id, then the same e-mail address."
        ),
    ),
    th.Property(
        "project_map",
        th.ObjectType(additional_properties=th.StringType),
        title="Projects",
        description=(
            "Name or id of a project at the source, then name or id at the destination. Default:"
            " the same name."
        ),
    ),
    th.Property(
        "client",
        th.StringType,
        title="Client",
        description=(
            "Name or id of a client at the destination: projects are looked up, and made, under it"
            " only. Default: under any client, if the name is unique."
        ),
    ),
    th.Property(
        "create_missing",
        th.ArrayType(th.StringType(allowed_values=list(CREATABLE))),
        default=[],
        title="Create missing",
        description="What is made if the destination lacks it: clients, projects, tasks, tags.",
    ),
    th.Property(
        "project_defaults",
        th.ObjectType(
            th.Property("color", th.StringType),
            th.Property("billable", th.BooleanType),
            th.Property("isPublic", th.BooleanType),
            th.Property("note", th.StringType),
            additional_properties=False,
        ),
        title="Project defaults",
        description="Color, billable, isPublic and note of projects that are made.",
    ),
    th.Property(
        "fields",
        th.ArrayType(th.StringType(allowed_values=list(CHOICES))),
        default=list(DEFAULT_FIELDS),
        title="Fields",
        description=(
            "What is kept equal besides person, start, end, project and type: description,"
            " billable, task, tags, custom_fields (those of the same name)."
        ),
    ),
    th.Property(
        "on_conflict",
        th.StringType,
        default="mirror",
        allowed_values=["mirror", "keep", "fail"],
        title="On conflict",
        description=(
            "What to do if somebody edited or deleted a copy at the destination: mirror writes it"
            " again, keep leaves it, fail stops before any write."
        ),
    ),
    th.Property(
        "on_rejected",
        th.StringType,
        default="fail",
        allowed_values=["fail", "warn"],
        title="On rejected",
        description=(
            "What to do if entries cannot be written: end with exit code 1 after the others, or"
            " only warn. They are tried again at every run."
        ),
    ),
    th.Property(
        "adopt",
        th.StringType,
        default="loose",
        allowed_values=["exact", "loose", "never"],
        title="Adopt",
        description=(
            "Whether the first run takes over equal entries that the destination already has:"
            " exact compares everything that is kept equal, loose only person, start, end and"
            " description."
        ),
    ),
    th.Property(
        "max_delete_share",
        th.NumberType,
        default=0.2,
        title="Maximum delete share",
        description=(
            "If more than this share of the copies, and more than 10 of them, would be deleted,"
            " nothing is written and the run fails."
        ),
    ),
    th.Property(
        "ledger",
        th.StringType,
        title="Ledger",
        description=(
            "Path or URL (any that fsspec can open) of the file that says which entries are copies."
            " Default: .meltano/target-clockify/WORKSPACE_ID.json in the project."
        ),
    ),
    th.Property(
        "ledger_field",
        th.StringType,
        title="Ledger field",
        description=(
            "Name of a text custom field of the destination that keeps the id of the source, so"
            " that no file is needed (Pro and Enterprise)."
        ),
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=False,
        title="Dry run",
        description="Show what would be written, write nothing, and leave the state as it is.",
    ),
    th.Property(
        "plan_file",
        th.StringType,
        title="Plan file",
        description="Path of a file for the plan as JSON lines, in dry runs and in real ones.",
    ),
    *(
        _shared[name]
        for name in (
            *("region", "subdomain", "api_url", "requests_per_second", "requests_per_hour"),
            *("when_budget_spent", "concurrency", "user_agent"),
        )
    ),
).to_dict()


def tidied(config: Mapping[str, Any]) -> dict[str, Any]:
    """Normalize a configuration before it is validated.

    Environment variables cannot express lists and objects: they may be JSON, and lists may be
    separated by commas.
    """
    tidy = shared.tidied(config, BOUNDS)
    for name, declared in SETTINGS["properties"].items():
        value = tidy.get(name)
        kinds = declared.get("type", ())
        if not isinstance(value, str) or not {"array", "object"} & set(kinds):
            continue
        try:
            tidy[name] = json.loads(value)
        except ValueError:
            if "array" in kinds:
                tidy[name] = [part.strip() for part in value.split(",") if part.strip()]
    return tidy


def mistakes(config: Mapping[str, Any]) -> list[str]:
    """Describe every setting whose value cannot work, and say what to do."""
    found = [
        *shared.secret_mistakes(config, TARGET),
        *shared.host_mistakes(config, TARGET),
        *shared.number_mistakes(config, BOUNDS),
    ]
    since = (config.get("select") or {}).get("since")
    if since and not DATE.fullmatch(since):
        found.append(f"select.since: {since!r} is not a day; write it like 2026-01-31.")
    color = (config.get("project_defaults") or {}).get("color")
    if color and not COLOR.fullmatch(color):
        found.append(f"project_defaults.color: {color!r} is not a color; write it like #03A9F4.")
    if config.get("source_workspace_id") == config.get("workspace_id"):
        found.append(
            "source_workspace_id and workspace_id are the same workspace: correct one of them."
        )
    if config.get("ledger_field"):
        if config.get("ledger"):
            found.append("ledger and ledger_field are both set: remove one of them.")
        if config.get("on_conflict", "mirror") != "mirror":
            found.append(
                "on_conflict: with ledger_field, only mirror is possible, since a field does not"
                " say what was last written. Use a ledger instead."
            )
    return found


@dataclass(frozen=True)
class Settings:
    """The settings of a run, normalized, validated and with defaults; see ``SETTINGS``."""

    connection: shared.Connection
    workspace_id: str
    source_workspace_id: str | None
    selection: Selection
    user_map: Mapping[str, str]
    project_map: Mapping[str, str]
    client: str | None
    create_missing: frozenset[str]
    project_defaults: Mapping[str, Any]
    fields: tuple[str, ...]
    on_conflict: str
    on_rejected: str
    adopt: str
    max_delete_share: float
    ledger: str
    ledger_field: str | None
    dry_run: bool
    plan_file: str | None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Build settings from a configuration that is normalized, validated and has defaults."""
        select = config.get("select") or {}
        parts = {
            name: frozenset(select.get(name) or ())
            for name in ("clients", "projects", "users", "tags")
        }
        return cls(
            connection=shared.Connection.from_config(config),
            workspace_id=config["workspace_id"],
            source_workspace_id=config.get("source_workspace_id"),
            selection=Selection(**parts, since=select.get("since") or ""),
            user_map=config.get("user_map") or {},
            project_map=config.get("project_map") or {},
            client=config.get("client"),
            create_missing=frozenset(config["create_missing"]),
            project_defaults=config.get("project_defaults") or {},
            fields=tuple(sorted(set(config["fields"]))),
            on_conflict=config["on_conflict"],
            on_rejected=config["on_rejected"],
            adopt=config["adopt"],
            max_delete_share=float(config["max_delete_share"]),
            ledger=config.get("ledger") or default_ledger(config["workspace_id"]),
            ledger_field=config.get("ledger_field"),
            dry_run=config["dry_run"],
            plan_file=config.get("plan_file"),
        )

    @property
    def kept(self) -> tuple[str, ...]:
        """What is kept equal, the custom field of ``ledger_field`` included."""
        return tuple(sorted({*self.fields, "custom_fields"})) if self.ledger_field else self.fields

    @property
    def rules(self) -> str:
        """A hash of the settings by which ids are looked up."""
        rules = [
            sorted(self.user_map.items()),
            sorted(self.project_map.items()),
            self.client,
        ]
        return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:16]


def default_ledger(workspace_id: str) -> str:
    """Return where the ledger is unless a setting says so: in the Meltano project."""
    root = Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path.cwd())
    name = re.sub(r"[^\w-]", "_", workspace_id)
    return str(root / ".meltano" / "target-clockify" / f"{name}.json")
