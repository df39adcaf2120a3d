"""Change the public address of the repository everywhere.

`python -m release.address https://github.com/OWNER/NAME` replaces it in every file under version
control, and writes the definitions for MeltanoHub again. The address is declared once, in
[project.urls] of pyproject.toml; the other places follow from there or are replaced with it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from release.workspace import ROOT, ReleaseError, address, owner

if TYPE_CHECKING:
    from pathlib import Path


def pages(url: str) -> str:
    """Return where the host of a repository serves its pages, without the scheme."""
    _, name = urlsplit(url).path.strip("/").split("/")
    return f"{owner(url)}.github.io/{name}"


def replaced(text: str, old: str, new: str) -> str:
    """Replace an address, and that of the pages, in a text."""
    return text.replace(old, new).replace(pages(old), pages(new))


def move(root: Path, new: str) -> list[str]:
    """Replace the address in the files under version control; return the names of those changed.

    Raises:
        ReleaseError: The new address is not one of a repository.
    """
    owner(new)
    old = address(root)
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    changed = []
    for name in listed.stdout.split("\0"):
        path = root / name
        try:
            text = path.read_bytes().decode() if path.is_file() else ""
        except UnicodeDecodeError:
            continue  # a picture
        if text != replaced(text, old, new):
            path.write_bytes(replaced(text, old, new).encode())
            changed.append(name)
    return changed


def main() -> None:
    """Change the address."""
    if len(sys.argv) != len(["address.py", "URL"]):
        sys.exit("Usage: python -m release.address https://github.com/OWNER/NAME")
    try:
        changed = move(ROOT, sys.argv[1].rstrip("/"))
    except ReleaseError as error:
        sys.exit(str(error))
    subprocess.run([sys.executable, "docs/generate.py"], cwd=ROOT, check=True)
    sys.stdout.write("".join(f"{name}\n" for name in changed))


if __name__ == "__main__":
    main()
