"""Where organisations are configured: `fleet.yml`, the table of a database, or both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from sqlalchemy import select

from clockify_fleet.database import ORGANIZATIONS
from clockify_fleet.errors import FleetError
from clockify_fleet.jobs import now
from clockify_fleet.organizations import Found, Organization, organization, without_conflicts

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

FILE = "fleet.yml"
HEADER = "# The organisations of the fleet. docs/fleet.md describes every field.\n"


def read(path: Path | None, engine: Engine | None) -> list[Found]:
    """Return all organisations, by their ids; those that cannot run say why.

    Args:
        path: The file; it may be missing.
        engine: The database whose table counts as well.

    Raises:
        FleetError: The file cannot be read.
    """
    found = [*_of_file(path), *(_of_table(engine) if engine else [])]
    return sorted(without_conflicts(found), key=lambda each: each.organization_id or "")


def _of_file(path: Path | None) -> list[Found]:
    if path is None or not path.exists():
        return []
    rows = _rows(_loaded(path), path)
    return [
        organization(row, f"{path.name}, line {row.lc.line + 1}")
        if isinstance(row, CommentedMap)
        else organization({}, path.name)
        for row in rows
    ]


def _loaded(path: Path) -> Any:
    try:
        return YAML().load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise FleetError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None


def _rows(document: Any, path: Path) -> list[Any]:
    rows = document.get("organizations") if isinstance(document, dict) else document
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise FleetError(
            f"{path} needs a list named organizations. docs/fleet.md shows an example."
        )
    return rows


def _of_table(engine: Engine) -> list[Found]:
    with engine.connect() as connection:
        rows = connection.execute(select(ORGANIZATIONS).order_by(ORGANIZATIONS.c.id)).mappings()
        return [organization(dict(row), f"client_billing_config, id {row['id']}") for row in rows]


def add(made: Organization, path: Path, engine: Engine, is_in_database: bool) -> str:  # noqa: FBT001
    """Add an organisation to the table of the database, or else to the file.

    Returns:
        Where it was added.

    Raises:
        FleetError: It is there already, or shares its dataset with another one.
    """
    known = read(path, engine)
    checked = without_conflicts([*known, made])[-1]
    if not isinstance(checked, Organization):
        raise FleetError(checked.reason)
    values = _values(made)
    if not is_in_database:
        _append(path, values)
        return str(path)
    with engine.begin() as connection:
        connection.execute(ORGANIZATIONS.insert().values(**_columns(values), created_at=now()))
    return "client_billing_config"


def _values(made: Organization) -> dict[str, Any]:
    """Return what was said of it, without defaults."""
    told = made.model_dump(mode="json", exclude_defaults=True)
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _cell(value) for name, value in values.items()} | {
        "enabled": values.get("enabled", True)
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return json.dumps(value) if isinstance(value, dict) else value


def _append(path: Path, values: dict[str, Any]) -> None:
    """Append it, and keep the comments and the order of the file."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=2, offset=0)
    document = _loaded(path) if path.exists() else None
    if document is None:
        document = {"organizations": []}
    if isinstance(document, dict) and document.get("organizations") is None:
        document["organizations"] = []
    _rows(document, path).append(values)
    written = path.with_suffix(".new")
    with written.open("w", encoding="utf-8") as file:
        if not path.exists():
            file.write(HEADER)
        yaml.dump(document, file)
    written.replace(path)
