"""What the fleet knows of an organisation: what is read, where it goes, and how."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ID = r"^[a-z0-9][a-z0-9-]{0,40}$"
OUTSIDE = {"id", "created_at", "last_successful_run"}
"""Columns of the table that say nothing about what a job does."""
SECRET_SETTINGS = {"api_key", "addon_token", "credentials_json"}
PLUGIN_SETTING = re.compile(r"^_?[a-z][a-z0-9_]*$")
"""Meltano's own settings of a plugin begin with an underscore, such as _select."""
CLOCKIFY_KEY = re.compile(r"^[A-Za-z0-9+/]{46,}={0,2}$")


KEY_PREFIX = "CLOCKIFY_API_KEY__"


def key_variable(organization_id: str) -> str:
    """Return the environment variable that holds an organisation's key."""
    return KEY_PREFIX + organization_id.upper().replace("-", "_")


class Kind(StrEnum):
    """What a job does."""

    CLOCKIFY = "clockify"
    """Reads Clockify, and loads it into BigQuery."""
    BIGQUERY = "bigquery"
    """Copies tables within one location by a MERGE; no row leaves BigQuery."""
    BIGQUERY_TAP = "bigquery-tap"
    """Copies tables through this machine: other regions, or no account that sees both sides."""

    @property
    def is_copy(self) -> bool:
        """Whether it reads BigQuery, perhaps what another job of the same run writes."""
        return self is not Kind.CLOCKIFY


def _listed(value: Any) -> Any:
    """Accept a list, or a text with commas, since a column of a table holds a text."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(str(part).strip() for part in value)
    return value


def _object(value: Any) -> Any:
    """Accept an object, or its JSON, since a column of a table holds a text."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _text(value: Any) -> Any:
    """Take an empty cell for none."""
    return None if isinstance(value, str) and not value.strip() else value


def _flag(value: Any) -> Any:
    """Take null for yes: the column is newer than many tables."""
    return True if value is None else value


Dataset = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$", max_length=1024)]
Project = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.:-]{1,80}[a-z0-9]$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=300)]
Table = Annotated[str, StringConstraints(pattern=r"^[\w-]+$", max_length=300)]
Id = Annotated[str, StringConstraints(pattern=ID)]
Optional = BeforeValidator(_text)


class Organization(BaseModel):
    """One line of `fleet.yml`, or one row of `client_billing_config`. The names are the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: Id
    kind: Kind
    destination_dataset: Dataset
    destination_project: Annotated[Project | None, Optional] = None
    source_project: Annotated[Project | None, Optional] = None
    source_dataset: Annotated[Dataset | None, Optional] = None
    destination_table: Annotated[tuple[Table, ...], BeforeValidator(_listed)] = ()
    key_columns: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    replication_key: Annotated[Name | None, Optional] = None
    location: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{2,40}$")] | None, Optional
    ] = None
    workspace_ids: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,64}$")], ...],
        BeforeValidator(_listed),
    ] = ()
    secret: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_/-]+$", max_length=400)] | None,
        Optional,
    ] = None
    schedule: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")] | None, Optional
    ] = None
    enabled: Annotated[bool, BeforeValidator(_flag)] = True
    settings: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _infer_kind(cls, row: Any) -> Any:
        """Infer the kind of a row that is older than the column `kind`."""
        if isinstance(row, dict) and not row.get("kind"):
            old = Kind.BIGQUERY if row.get("source_dataset") else Kind.CLOCKIFY
            return {**row, "kind": old}
        return row

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind.is_copy:
            self._check_copy()
        if self.secret and CLOCKIFY_KEY.match(self.secret):
            raise ValueError("secret: this looks like a key; give the name of a secret instead")
        for name in self.settings:
            if not PLUGIN_SETTING.match(name):
                raise ValueError(f'settings: "{name}" is no name of a setting')
            if name in SECRET_SETTINGS:
                raise ValueError(f"settings: {name} is secret; use a variable or Secret Manager")
        return self

    def _check_copy(self) -> None:
        for field in ("source_dataset", "destination_table", "key_columns"):
            if not getattr(self, field):
                raise ValueError(f"{field}: a copy (kind {self.kind}) needs it")
        source = (self.source_project or self.destination_project, self.source_dataset)
        if source == (self.destination_project, self.destination_dataset):
            raise ValueError("destination_dataset: it is the source itself")

    @property
    def variable(self) -> str:
        """The environment variable that holds its key."""
        return key_variable(self.organization_id)


@dataclass(frozen=True)
class Unusable:
    """An organisation that cannot run, since its line or row is wrong."""

    organization_id: str | None
    """None if the id itself is wrong."""
    reason: str
    """A sentence that names the place and the field."""


Found = Organization | Unusable


def organization(row: Mapping[str, Any], place: str) -> Found:
    """Check a line or a row.

    Args:
        row: Its values by name.
        place: Where it is, for the error.
    """
    values = {name: value for name, value in row.items() if name not in OUTSIDE}
    told = str(values.get("organization_id"))
    known = told if re.match(ID, told) else None
    try:
        return Organization.model_validate(values)
    except ValidationError as error:
        whose = f", organisation {known}" if known else ""
        return Unusable(known, f"{place}{whose}: {'; '.join(reasons(error))}.")


def reasons(error: ValidationError) -> list[str]:
    """Say what is wrong, field by field, without values that were not asked for."""
    return [_reason(each) for each in error.errors(include_url=False)]


def _reason(told: Any) -> str:
    kind: Literal["missing"] | str = told["type"]  # noqa: PYI051 -- for the reader
    field = ".".join(str(part) for part in told["loc"] if not isinstance(part, int))
    match kind:
        case "missing":
            return f"{field} is missing"
        case "extra_forbidden":
            return f"{field} is no known field"
        case "string_pattern_mismatch":
            pattern = told["ctx"]["pattern"]
            return f'{field}: "{_quoted(told["input"])}" does not match {pattern}'
        case "enum":
            return f'{field}: "{_quoted(told["input"])}" is none of {told["ctx"]["expected"]}'
        case "value_error":
            return str(told["ctx"]["error"])
        case _:
            return f"{field}: {told['msg']}"


def _quoted(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004


def without_conflicts(found: Iterable[Found]) -> list[Found]:
    """Make unusable what would mix two organisations: ids, or datasets, that occur twice."""
    found = list(found)
    ids = Counter(each.organization_id for each in found if each.organization_id)
    loads = Counter(
        _destination(each)
        for each in found
        if isinstance(each, Organization) and not each.kind.is_copy
    )
    return [_checked(each, ids, loads) for each in found]


def _destination(each: Organization) -> tuple[str | None, str]:
    return each.destination_project, each.destination_dataset


def _checked(each: Found, ids: Counter[str], loads: Counter[tuple[str | None, str]]) -> Found:
    if not isinstance(each, Organization):
        return each
    name = each.organization_id
    if ids[name] > 1:
        return Unusable(name, f"Organisation {name} is configured twice. Remove one of them.")
    if not each.kind.is_copy and loads[_destination(each)] > 1:
        return Unusable(
            name,
            f"Organisation {name}: destination_dataset {each.destination_dataset} is another"
            " organisation's as well. Give each a dataset of its own.",
        )
    return each
