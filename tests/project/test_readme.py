"""The README and the docs are current; other files of the repository agree with the project."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support import KEYS

ROOT = Path(__file__).parents[2]
HUB_SCHEMA = ROOT.parent / "shared" / "hub-plugin-schema.json"
TEXTS = sorted(
    path
    for pattern in (
        "*.md",
        "benchmarks/*.md",
        "deploy/*.md",
        "packages/*/*.md",
        "docs/*.md",
        "docs/*.sql",
        "hub/*.yml",
        ".github/workflows/*.yml",
    )
    for path in ROOT.glob(pattern)
)


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def classified_pythons() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = (re.fullmatch(r".* :: (3\.\d+)", name) for name in project["classifiers"])
    return [match[1] for match in found if match]


def test_generated_parts_are_current() -> None:
    command = [sys.executable, "docs/generate.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    assert run.returncode == 0, run.stderr


def test_every_stream_is_described_with_its_key() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"^### (\w+)\n\n.* Key: (.*?)\. ", page, re.MULTILINE))
    assert {name: re.findall(r"\w+", keys) for name, keys in described.items()} == KEYS
    for stream in KEYS:
        assert f"[`{stream}`](docs/streams.md#{stream})" in readme


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            name, _, anchor = target.partition("#")
            file = path.parent / name if name else path
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


def test_lines_for_another_project_fit_this_one() -> None:
    readme, page = (
        re.findall(r"```yaml\n(plugins:.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
        for path in (ROOT / "README.md", ROOT / "docs" / "existing-project.md")
    )
    assert len(readme) == 1
    assert readme == page
    plugins = yaml.safe_load(readme[0])["plugins"]
    ours = loaded("meltano.yml")["plugins"]
    for kind in ("extractors", "loaders"):
        (other,) = plugins[kind]
        (own,) = (plugin for plugin in ours[kind] if plugin["name"] == other["name"])
        assert other["namespace"] == own["namespace"]
        assert set(other.get("select", [])) <= set(own.get("select", []))
        assert set(other.get("capabilities", [])) <= set(own["capabilities"])
        assert set(other["config"]) <= {setting["name"] for setting in own["settings"]}
        folder = other["pip_url"].replace("../tap-clockify", ".", 1)
        assert (ROOT / folder / "pyproject.toml").exists()


def rooms() -> set[str]:
    """Return the modules and packages at the top level of the tap."""
    modules = {path.stem for path in (ROOT / "tap_clockify").glob("[!_]*.py")}
    return modules | {path.parent.name for path in (ROOT / "tap_clockify").glob("*/__init__.py")}


def test_contributing_names_every_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    assert {name.strip("/") for row in table for name in re.findall(r"`([^`]+)`", row)} == rooms()


def test_every_package_says_what_belongs_there() -> None:
    for path in (ROOT / "tap_clockify").glob("*/__init__.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path
        assert docstring.endswith("."), path


def test_error_messages_in_the_documentation_are_those_of_the_code() -> None:
    troubles = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    sources = (
        *ROOT.glob("tap_clockify/**/*.py"),
        *ROOT.glob("packages/*/*_*/**/*.py"),
    )
    macros = [path.read_text(encoding="utf-8") for path in ROOT.glob("transform/macros/*.sql")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    # Line breaks inside strings, and placeholders, become blanks.
    code = re.sub(r'"\s*f?"', "", code)
    code = "\n".join([re.sub(r"\{[^}]*\}|%s", "…", code), *macros])
    first_column = "\n".join(re.findall(r"^\| (.*?) \|", troubles, re.MULTILINE))
    for sentence in re.findall(r"`([^`]+)`", first_column):
        for part in re.split(r"…|\d+|\"[^\"]*\"", sentence):
            assert part.strip(" :.") in code, sentence


def test_workflow_tests_every_declared_python() -> None:
    matrix = loaded(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == classified_pythons()


HUB = ("hub/tap-clockify.yml", "hub/target-bigquery-strict.yml")


@pytest.mark.parametrize("definition", HUB)
def test_hub_definition_has_the_pythons_of_the_classifiers(definition: str) -> None:
    assert loaded(definition)["supported_python_versions"] == classified_pythons()


@pytest.mark.parametrize("definition", HUB)
def test_hub_definition_is_valid(definition: str) -> None:
    if not HUB_SCHEMA.exists():
        pytest.skip("MeltanoHub's schema is not here")
    schema = json.loads(HUB_SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(loaded(definition))
