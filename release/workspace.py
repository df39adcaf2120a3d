"""The packages of this repository, and the address that they share."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRIVATE = "Private :: Do Not Upload"
"""The classifier of a package that no index accepts."""


class ReleaseError(Exception):
    """What keeps a package from being published, as a sentence."""


@dataclass(frozen=True)
class Package:
    """A package of the workspace."""

    folder: Path

    @cached_property
    def declared(self) -> dict[str, Any]:
        """What its pyproject.toml says."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))

    @property
    def project(self) -> dict[str, Any]:
        """The table [project]."""
        return dict(self.declared["project"])

    @property
    def name(self) -> str:
        """The name of the distribution."""
        return str(self.project["name"])

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.project["version"])

    @property
    def is_published(self) -> bool:
        """Whether it is meant for the index."""
        return PRIVATE not in self.project["classifiers"]

    @property
    def module(self) -> Path:
        """The folder of its modules."""
        (name,) = self.declared["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        return self.folder / str(name)

    @property
    def changelog(self) -> Path:
        """Its changelog, whether there is one or not."""
        return self.folder / "CHANGELOG.md"

    @property
    def released(self) -> list[str]:
        """The versions to which its changelog gives a date, the newest first."""
        text = self.changelog.read_text(encoding="utf-8")
        return re.findall(r"^## \[([^\]]+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)

    @property
    def upcoming(self) -> str | None:
        """The version that its changelog announces, if it announces one."""
        text = self.changelog.read_text(encoding="utf-8")
        found = re.search(r"^## \[Unreleased\]\n\nTo become (\S+)\.$", text, re.MULTILINE)
        return found and found[1]


def packages() -> list[Package]:
    """Return the packages of the workspace, the tap first."""
    root = Package(ROOT)
    members = root.declared["tool"]["uv"]["workspace"]["members"]
    folders = [folder for member in members for folder in sorted(ROOT.glob(member))]
    return [root, *map(Package, folders)]


def published(name: str) -> Package:
    """Return a package that is meant for the index.

    Raises:
        ReleaseError: There is none of this name.
    """
    found = {each.name: each for each in packages() if each.is_published}
    if name not in found:
        raise ReleaseError(f"{name} is none of the published packages: {', '.join(found)}.")
    return found[name]


def address(root: Path = ROOT) -> str:
    """Return the address of the repository, without a slash at its end."""
    return str(Package(root).project["urls"]["Homepage"])


def owner(url: str) -> str:
    """Return who owns the repository of an address; MeltanoHub names variants after them.

    Raises:
        ReleaseError: The address is not one of a repository.
    """
    found = re.fullmatch(r"https://[\w.-]+/([\w.-]+)/[\w.-]+(?<!\.git)", url)
    if not found:
        raise ReleaseError(f"{url} is no address of the form https://github.com/OWNER/NAME.")
    return found[1]
