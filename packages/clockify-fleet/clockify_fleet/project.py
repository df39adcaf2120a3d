"""The Meltano project: its folder, environment, variables, plugins and settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from clockify_fleet.environment import passed_on
from clockify_fleet.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TAP = "tap-clockify"
LOADER = "target-bigquery-strict"
DBT = "dbt-bigquery"
BIGQUERY_TAP = "tap-bigquery-strict"
FOLDERS = {TAP: "extractors", BIGQUERY_TAP: "extractors", LOADER: "loaders", DBT: "utilities"}
LOG_CONFIG = Path(__file__).with_name("logging.yaml")


@dataclass(frozen=True)
class Project:
    """A Meltano project and the environment in which its commands run."""

    root: Path
    environment: str
    variables: Mapping[str, str]
    """The process's variables, and those of the project's `.env` that the process lacks."""
    executable: str
    """Meltano's."""
    no_env_file: Path
    """An empty file. Meltano hands all of `.env` to every plugin: there, each organisation's
    plugins would see the keys of all."""

    @property
    def folder(self) -> Path:
        """Where the fleet keeps what it needs between runs."""
        return self.root / ".meltano" / "fleet"

    def meltano(self, *arguments: str) -> list[str]:
        """Return a command of Meltano in this project and environment."""
        return [
            self.executable,
            "--cwd",
            str(self.root),
            "--env-file",
            str(self.no_env_file),
            "--environment",
            self.environment,
            *arguments,
        ]

    def child_variables(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a child: nothing but what it needs.

        Args:
            own: What only this child gets.
        """
        return {
            **passed_on(self.variables),
            "MELTANO_CLI_LOG_CONFIG": str(LOG_CONFIG),
            **own,
        }

    def install(self, plugins: set[str]) -> None:
        """Install the plugins that are not installed yet.

        It happens before jobs begin, since each of them would otherwise install the same plugin.

        Raises:
            FleetError: Meltano could not install one.
        """
        for plugin in sorted(plugins):
            if not (self.root / ".meltano" / FOLDERS[plugin] / plugin / "venv").exists():
                kind = FOLDERS[plugin].removesuffix("s").replace("utilitie", "utility")
                self._asked("install", kind, plugin)

    def settings(self, plugin: str) -> dict[str, Any]:
        """Return a plugin's settings in this environment, secret ones included.

        Meltano also makes or migrates its own database when asked, which jobs that begin at the
        same time must not do side by side.

        Raises:
            FleetError: Meltano does not know the plugin.
        """
        told = self._asked("config", "--unsafe", "print", plugin)
        found: dict[str, Any] = json.loads(told[told.index("{") :])
        return found

    def _asked(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 -- our own command
            self.meltano(*arguments),
            env=self.child_variables({}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            told = next((line for line in reversed(lines) if "rror" in line), "".join(lines[-1:]))
            raise FleetError(
                f"`meltano {' '.join(arguments)}` failed in {self.root}: {told}"
                " Run it there to see everything."
            )
        return done.stdout

    def emulator(self) -> str | None:
        """Return the address of a local BigQuery, which an environment of the project may set."""
        declared = _loaded(self.root)
        variables = dict(self.variables)
        for source in (declared, _environment_of(declared, self.environment)):
            for name, value in (source.get("env") or {}).items():
                variables[name] = Template(str(value)).safe_substitute(variables)
        return variables.get("BIGQUERY_EMULATOR_HOST") or None


@contextmanager
def opened(environment: str | None = None) -> Iterator[Project]:
    """Find the project of the current folder.

    Args:
        environment: Meltano's environment. Default: MELTANO_ENVIRONMENT, then the project's own.

    Raises:
        FleetError: There is no project, or its `meltano.yml` is broken.
    """
    root = _root()
    told = {name: text for name, text in dotenv_values(root / ".env").items() if text is not None}
    variables = {**told, **os.environ}
    declared = _loaded(root)
    environment = (
        environment
        or variables.get("MELTANO_ENVIRONMENT")
        or str(declared.get("default_environment") or "")
    )
    known = [str(each.get("name")) for each in declared.get("environments") or []]
    if environment not in known:
        raise FleetError(
            f'The Meltano project {root} has no environment "{environment}". Set'
            f" MELTANO_ENVIRONMENT to one of: {', '.join(known)}"
        )
    with tempfile.TemporaryDirectory(prefix="clockify-fleet-") as temporary:
        empty = Path(temporary) / "no.env"
        empty.touch()
        yield Project(root, environment, variables, _executable(variables), empty)


def _root() -> Path:
    start = Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "meltano.yml").exists():
            return folder
    raise FleetError(
        f"There is no meltano.yml in {start} or above it. Run clockify-fleet in a Meltano project,"
        " or set MELTANO_PROJECT_ROOT."
    )


def _loaded(root: Path) -> dict[str, Any]:
    try:
        declared = YAML(typ="safe").load(root / "meltano.yml")
    except YAMLError as error:
        raise FleetError(f"{root / 'meltano.yml'} is no YAML: {error}") from None
    return declared if isinstance(declared, dict) else {}


def _environment_of(declared: dict[str, Any], name: str) -> dict[str, Any]:
    found = (each for each in declared.get("environments") or [] if each.get("name") == name)
    return next(found, {})


def _executable(variables: Mapping[str, str]) -> str:
    beside = Path(sys.executable).with_name("meltano")
    found = str(beside) if beside.exists() else shutil.which("meltano", path=variables.get("PATH"))
    if not found:
        raise FleetError(
            "Meltano is not installed here. Install it, or use an environment with it."
        )
    return found
