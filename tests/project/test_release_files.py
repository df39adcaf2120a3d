"""The files that a release publishes, and the workflow that publishes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from release.build import built, main, wrong, wrong_in_sdist, wrong_in_wheel, wrong_on_page
from release.workspace import ROOT, Package, address, packages

PUBLISHED = [each for each in packages() if each.is_published]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LEDGER = next(each for each in PUBLISHED if each.name == "singer-ledger")
"""The smallest package."""


def named(thing: Package | Path) -> str:
    return thing.name


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the source distribution and the wheel of the smallest package."""
    return built(LEDGER, tmp_path_factory.mktemp("dist"))


def with_page(wheel: Path, folder: Path, text: str) -> Path:
    """Copy a wheel, with more text on its page."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + text.encode() if name.endswith("/METADATA") else content)
    return copy


def with_file(wheel: Path, folder: Path, name: str) -> Path:
    """Copy a wheel, with one more file."""
    copy = Path(shutil.copy(wheel, folder))
    with zipfile.ZipFile(copy, "a") as opened:
        opened.writestr(name, "")
    return copy


@cache
def page(package: Package) -> str:
    """Return the text of the package's page, as a build makes it."""
    with chdir(package.folder):
        metadata: Any = ProjectMetadata(str(package.folder), PluginManager())
        return str(metadata.core.readme)


@pytest.mark.parametrize("package", PUBLISHED, ids=named)
def test_links_of_the_page_are_absolute_and_lead_somewhere(package: Package) -> None:
    targets = re.findall(r'\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]*)"', page(package))
    links = [one or other for one, other in targets]
    base = f"{address()}/(?:blob|raw)/{package.name}-v{package.version}/"
    for link in links:
        assert re.match(r"https?://|mailto:|#", link), link
        assert "/../" not in link, link
        if link.startswith((f"{address()}/blob/singer", f"{address()}/raw/")):
            path = re.sub(f"^{base}", "", link).partition("#")[0]
            assert (ROOT / path).exists(), link


@pytest.mark.parametrize("package", PUBLISHED, ids=named)
def test_page_does_not_install_from_a_checkout(package: Package) -> None:
    assert "--from ./packages" not in page(package)
    assert "--from '\\./packages" not in page(package)


def test_sound_files_are_fit(ledger: tuple[Path, Path]) -> None:
    sdist, wheel = ledger
    assert wrong(LEDGER, sdist.parent) == []
    with zipfile.ZipFile(wheel) as opened:
        assert "singer_ledger/py.typed" in opened.namelist()


@pytest.mark.parametrize("name", ["tests/test_x.py", "singer_ledger/notes.txt", "stray.py"])
def test_file_that_should_not_be_in_a_wheel(
    ledger: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    wheel = with_file(ledger[1], tmp_path, name)
    assert wrong_in_wheel(LEDGER, wheel) == [f"{wheel.name} should not contain {name}."]


def test_wheel_without_modules(tmp_path: Path) -> None:
    wheel = tmp_path / "empty-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("singer_ledger/__init__.py", "")
    assert f"{wheel.name} lacks singer_ledger/py.typed." in wrong_in_wheel(LEDGER, wheel)


@pytest.mark.parametrize(
    "text",
    ["[a](docs/a.md)", "![b](b.png)", '<img src="b.png">', '<a href="../c">c</a>'],
)
def test_relative_link_on_a_page(ledger: tuple[Path, Path], tmp_path: Path, text: str) -> None:
    (sentence,) = wrong_on_page(with_page(ledger[1], tmp_path, f"\n\n{text}\n"))
    assert "is relative" in sentence


def test_page_with_absolute_links_only(ledger: tuple[Path, Path], tmp_path: Path) -> None:
    text = "\n\n## Here\n\n[a](https://example.com) ![b](https://example.com/b.png) [c](#here)\n"
    assert wrong_on_page(with_page(ledger[1], tmp_path, text)) == []


def test_source_distribution_without_tests(tmp_path: Path) -> None:
    sdist = tmp_path / "x-1.tar.gz"
    with tarfile.open(sdist, "w:gz") as opened:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            opened.add(ROOT / name, f"x-1/{name}")
    assert wrong_in_sdist(sdist) == [
        f"{sdist.name} lacks CHANGELOG.md.",
        f"{sdist.name} has no tests.",
    ]


def test_private_package_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["build", "clockify-sandbox"])
    with pytest.raises(SystemExit, match="clockify-sandbox is none of the published packages"):
        main()


def test_source_distribution_of_the_tap_runs_its_tests(tmp_path: Path) -> None:
    sdist, _ = built(PUBLISHED[0], tmp_path)
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path, filter="data")
    folder = tmp_path / sdist.name.removesuffix(".tar.gz")
    probe = "import clockify_sandbox as a, tap_clockify as b; print(a.__file__, b.__file__)"
    environment = {**os.environ, "PYTHONPATH": f"{folder}/packages/clockify-sandbox:{folder}"}
    for command in (["-c", probe], ["-m", "pytest", "-n0", "-q", "tests/dates", "tests/records"]):
        run = subprocess.run(  # noqa: S603
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        if command[0] == "-c":
            assert run.stdout.count(str(folder)) == 2, run.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_actions_are_pinned_by_hash(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for line in re.findall(r"^ *(?:- )?uses: (.*)$", text, re.MULTILINE):
        if not line.startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), line


def test_one_hash_for_each_version_of_an_action() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    assert len(set(re.findall(r"uses: ([\w/-]+)@", text))) == len(
        set(re.findall(r"uses: (\S+@\S+)", text))
    )


def test_release_has_the_least_permissions() -> None:
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    assert release["permissions"] == {"contents": "read"}
    jobs = release["jobs"]
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert jobs["publish"]["needs"] == ["build", "test"]


def test_forms_and_updates_are_valid() -> None:
    folder = ROOT / ".github"
    forms = [path for path in (folder / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"]
    kinds = {
        "github-issue-forms": forms,
        "github-issue-config": [folder / "ISSUE_TEMPLATE" / "config.yml"],
        "dependabot": [folder / "dependabot.yml"],
    }
    for kind, paths in kinds.items():
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}"]
        run = subprocess.run([*command, *paths], check=False, capture_output=True, text=True)  # noqa: S603
        assert run.returncode == 0, run.stdout
