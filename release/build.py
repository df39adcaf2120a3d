"""Build packages and check the files that would be published.

`python -m release.build [--out FOLDER] [NAME ...]` builds the packages of these names, or all that
are published. It uses what is installed and downloads nothing. The exit code is 1 if a file is not
fit for the index.
"""

from __future__ import annotations

import argparse
import email
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from readme_renderer.markdown import render

from release.workspace import ROOT, Package, ReleaseError, packages, published

ALLOWED = (".py", ".json", "py.typed")
"""How the names of files in a wheel end: modules, schemas, and the mark that they are typed."""
SUPPORT = ("/pyproject.toml", "/README.md", "/LICENSE", "/CHANGELOG.md")
"""Files that every source distribution has."""


def built(package: Package, out: Path) -> tuple[Path, Path]:
    """Build the source distribution, and the wheel from it, with the locked build requirements.

    Raises:
        ReleaseError: The build failed.
    """
    command = [
        *("uv", "build", "--package", package.name, "--out-dir", str(out), "--quiet"),
        *("--offline", "--no-build-isolation", "--python", sys.executable),
    ]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    if run.returncode:
        raise ReleaseError(f"{package.name} cannot be built: {run.stderr.strip()}")
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    return out / f"{stem}.tar.gz", out / f"{stem}-py3-none-any.whl"


def wrong_in_wheel(package: Package, wheel: Path) -> list[str]:
    """Say which files the wheel lacks, or should not have."""
    folder = package.module
    source = {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if ".dist-info/" not in name}
    odd = {name for name in names if not name.endswith(ALLOWED)}
    expected = {f"{folder.name}/py.typed", *source}
    return [
        *(f"{wheel.name} lacks {name}." for name in sorted(expected - names)),
        *(f"{wheel.name} should not contain {name}." for name in sorted((names - source) | odd)),
    ]


def wrong_in_sdist(sdist: Path) -> list[str]:
    """Say which files the source distribution lacks."""
    with tarfile.open(sdist) as opened:
        names = {
            f"/{PurePosixPath(name).relative_to(sdist.name[:-7])}" for name in opened.getnames()
        }
    wrong = [f"{sdist.name} lacks {name[1:]}." for name in SUPPORT if name not in names]
    if not any(re.match(r"/tests/.*test_\w+\.py", name) for name in names):
        wrong.append(f"{sdist.name} has no tests.")
    return wrong


def wrong_on_page(wheel: Path) -> list[str]:
    """Say which links would lead nowhere from the package's page, as the index renders it."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_string(opened.read(name).decode())
    page = render(str(metadata.get_payload()))
    if not page:
        return [f"The page of {wheel.name} cannot be rendered."]
    links: list[str] = re.findall(r'\b(?:href|src|srcset)="([^"]*)"', page)
    return [
        f"On the page of {wheel.name}, the link {link} is relative."
        for link in links
        if not link.startswith(("https://", "http://", "mailto:", "#"))
    ]


def wrong_by_twine(files: list[Path]) -> list[str]:
    """Say what twine finds."""
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *map(str, files)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return [f"twine: {run.stdout.strip()} {run.stderr.strip()}"] if run.returncode else []


def wrong(package: Package, out: Path) -> list[str]:
    """Build a package, and say what is wrong with it."""
    sdist, wheel = built(package, out)
    return [
        *wrong_in_sdist(sdist),
        *wrong_in_wheel(package, wheel),
        *wrong_on_page(wheel),
        *wrong_by_twine([sdist, wheel]),
    ]


def main() -> None:
    """Build and check."""
    parser = argparse.ArgumentParser(description="Build packages and check the files.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--out", type=Path, help="Default: a temporary folder.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            chosen = [published(name) for name in arguments.names]
            chosen = chosen or [each for each in packages() if each.is_published]
            out = (arguments.out or Path(temporary)).absolute()
            found = [sentence for package in chosen for sentence in wrong(package, out)]
        except ReleaseError as error:
            sys.exit(str(error))
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write(f"Fit for the index: {', '.join(each.name for each in chosen)}.\n")


if __name__ == "__main__":
    main()
