"""Say which package a tag releases, or why it must not.

`python -m release.tag TAG --repository URL` prints the names of the distribution and of its module,
as outputs of a workflow's step. The exit code is 1 if the tag, the version, the changelog or the
address of the repository do not fit together.
"""

from __future__ import annotations

import argparse
import sys

from release.workspace import Package, ReleaseError, address, published


def released_by(tag: str) -> Package:
    """Return the package that a tag of the form DISTRIBUTION-vVERSION releases.

    Raises:
        ReleaseError: The tag has another form, or does not fit the package.
    """
    name, found, version = tag.rpartition("-v")
    if not found:
        raise ReleaseError(f"The tag {tag} is not of the form DISTRIBUTION-vVERSION.")
    package = published(name)
    if version != package.version:
        raise ReleaseError(
            f"The tag {tag} does not fit {name}: its pyproject.toml says {package.version}."
        )
    if [version] != package.released[:1]:
        raise ReleaseError(
            f"The newest version with a date in {name}'s CHANGELOG.md is not {version}."
            f" Add the heading: ## [{version}] - YYYY-MM-DD"
        )
    return package


def check_address(repository: str) -> None:
    """Make sure that the packages name the repository that releases them.

    Raises:
        ReleaseError: They name another one.
    """
    if repository.lower() != address().lower():
        raise ReleaseError(
            f"This repository is {repository}, but the packages name {address()}."
            f" Run: python -m release.address {repository}"
        )


def main() -> None:
    """Check a tag."""
    parser = argparse.ArgumentParser(description="Say which package a tag releases.")
    parser.add_argument("tag")
    parser.add_argument("--repository", required=True, help="Where this runs.")
    arguments = parser.parse_args()
    try:
        check_address(arguments.repository)
        package = released_by(arguments.tag)
    except ReleaseError as error:
        sys.exit(str(error))
    sys.stdout.write(f"package={package.name}\nmodule={package.module.name}\n")


if __name__ == "__main__":
    main()
