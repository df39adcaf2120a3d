"""What a release needs: metadata, versions, changelogs, addresses, a fitting tag."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from packaging.requirements import Requirement
from trove_classifiers import classifiers

from release import tag
from release.address import move
from release.workspace import PRIVATE, ROOT, Package, ReleaseError, address, owner, packages

if TYPE_CHECKING:
    from pathlib import Path

ALL = packages()
PUBLISHED = [each for each in ALL if each.is_published]
BY_NAME = {each.name: each for each in ALL}
TAP = BY_NAME["singer-tap-clockify"]
NEW = "https://github.com/acme/clockify-tap"


def named(package: Package) -> str:
    return package.name


every = pytest.mark.parametrize("package", ALL, ids=named)
every_published = pytest.mark.parametrize("package", PUBLISHED, ids=named)


def requirements(package: Package) -> list[Requirement]:
    """Return what a package needs, its extras included."""
    extras = package.project.get("optional-dependencies", {}).values()
    texts = [*package.project["dependencies"], *(text for extra in extras for text in extra)]
    return [Requirement(text) for text in texts]


def test_what_only_this_project_can_use_is_private() -> None:
    private = {each.name for each in ALL if not each.is_published}
    assert private == {"clockify-dashboard", "clockify-fleet", "clockify-sandbox"}


@every
def test_package_has_the_licence(package: Package) -> None:
    assert package.project["license"] == "MIT"
    assert package.project["license-files"] == ["LICENSE"]
    assert (package.folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@every
def test_classifiers_exist(package: Package) -> None:
    assert set(package.project["classifiers"]) <= classifiers | {PRIVATE}


@every_published
def test_package_describes_itself(package: Package) -> None:
    project = package.project
    assert re.fullmatch(r"[A-Z].{20,120}\.", project["description"])
    assert len(project["keywords"]) >= 3
    assert project["classifiers"] == sorted(project["classifiers"])
    assert project["classifiers"][-1] == "Typing :: Typed"
    assert project["requires-python"] == TAP.project["requires-python"]
    assert (package.module / "py.typed").exists()


@every_published
def test_readme_is_the_one_with_absolute_links(package: Package) -> None:
    assert package.project["dynamic"] == ["readme"]
    assert "readme" not in package.project
    assert "fancy-pypi-readme" in package.declared["tool"]["hatch"]["metadata"]["hooks"]


@every
def test_links_of_the_package_lead_somewhere(package: Package) -> None:
    urls: dict[str, str] = package.project["urls"]
    required = {"Documentation", "Homepage", "Issues", "Source"}
    assert set(urls) == required | ({"Changelog"} if package.is_published else set())
    for url in urls.values():
        assert url.startswith(address()), url
        path = re.sub(r"^/(?:tree|blob)/main/", "/", url.removeprefix(address()))
        assert path == "/issues" or (ROOT / path.partition("#")[0].strip("/")).exists(), url


@every_published
def test_changelog_is_of_this_version(package: Package) -> None:
    assert package.version in {package.upcoming, *package.released[:1]}


@every
def test_packages_fit_the_versions_that_they_require_of_each_other(package: Package) -> None:
    for required in requirements(package):
        if sibling := BY_NAME.get(required.name):
            assert required.specifier.contains(sibling.version), required
            assert len(required.specifier) == 1, required
            assert sibling.is_published or not package.is_published, required


def test_hub_definitions_have_the_address() -> None:
    definitions = sorted((ROOT / "hub").glob("*.yml"))
    assert len(definitions) == 6
    for path in definitions:
        definition = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert definition["repo"] == address()
        assert definition["docs"].startswith(address())
        assert definition["variant"] == owner(address())
        assert definition["pip_url"] in {each.name for each in PUBLISHED}
        assert definition["settings_group_validation"]
        assert list(definition) == sorted(definition), "MeltanoHub's lint wants sorted keys"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Provide a repository with a few files that have the address."""
    urls = f'urls.Homepage = "{address()}"\nurls.Issues = "{address()}/issues"\n'
    (tmp_path / "pyproject.toml").write_text(f"[project]\n{urls}")
    host = f"https://{owner(address())}.github.io/{address().rpartition('/')[2]}"
    (tmp_path / "mkdocs.yml").write_text(f"repo_url: {address()}\nsite_url: {host}/\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "other.md").write_text("nothing of it\n")
    for command in (["git", "init", "-q"], ["git", "add", "."]):
        subprocess.run(command, cwd=tmp_path, check=True)  # noqa: S603
    return tmp_path


def test_one_command_changes_the_address_everywhere(elsewhere: Path) -> None:
    assert move(elsewhere, NEW) == ["mkdocs.yml", "pyproject.toml"]
    urls = f'urls.Homepage = "{NEW}"\nurls.Issues = "{NEW}/issues"\n'
    assert (elsewhere / "pyproject.toml").read_text() == f"[project]\n{urls}"
    site = "https://acme.github.io/clockify-tap/"
    assert (elsewhere / "mkdocs.yml").read_text() == f"repo_url: {NEW}\nsite_url: {site}\n"
    assert address(elsewhere) == NEW


@pytest.mark.parametrize(
    "url", ["acme/tap", "https://github.com/acme", f"{NEW}/tree/main", f"{NEW}.git"]
)
def test_an_address_of_another_form_changes_nothing(elsewhere: Path, url: str) -> None:
    with pytest.raises(ReleaseError, match="no address of the form"):
        move(elsewhere, url)
    assert address(elsewhere) == address()


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every changelog have a date for the current version."""
    monkeypatch.setattr(Package, "released", property(lambda self: [self.version, "0.0.1"]))


@every_published
@pytest.mark.usefixtures("dated")
def test_tag_names_the_package(package: Package) -> None:
    assert tag.released_by(f"{package.name}-v{package.version}").name == package.name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("v0.1.0", "not of the form"),
        ("singer-tap-clockify-v99.0.0", "pyproject.toml says"),
        ("singer-tap-other-v0.1.0", "none of the published packages"),
        (f"clockify-sandbox-v{BY_NAME['clockify-sandbox'].version}", "none of the published"),
    ],
)
@pytest.mark.usefixtures("dated")
def test_tag_that_fits_no_package_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        tag.released_by(name)


def test_tag_without_a_date_in_the_changelog_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Package, "released", property(lambda _self: ["0.0.1", TAP.version]))
    with pytest.raises(ReleaseError, match="Add the heading"):
        tag.released_by(f"{TAP.name}-v{TAP.version}")


def test_another_repository_may_not_release() -> None:
    command = [sys.executable, "-m", "release.tag", "singer-ledger-v0.1.0", "--repository", NEW]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    assert run.returncode == 1
    assert run.stderr == (
        f"This repository is {NEW}, but the packages name {address()}."
        f" Run: python -m release.address {NEW}\n"
    )
    tag.check_address(address())


def test_dates_in_a_changelog_are_versions(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\nTo become 0.3.0.\n\n"
        "## [0.2.0] - 2027-01-02\n\n## [0.1.0] - 2026-12-01\n"
    )
    assert Package(tmp_path).released == ["0.2.0", "0.1.0"]
    assert Package(tmp_path).upcoming == "0.3.0"
