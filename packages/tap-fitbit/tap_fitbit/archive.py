"""The answers of a run, in files, if that is wanted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import fsspec
from singer_ledger.errors import ExtractError

if TYPE_CHECKING:
    import datetime as dt


class Kept(NamedTuple):
    """Requests of one kind."""

    request: str
    """The path of the request."""
    files: str | None
    """The pattern of the files that have the answers, if they are kept."""


class Archive:
    """The answers of a run, in a folder for each day, if there is a folder for them."""

    def __init__(self, folder: str | None, started: dt.datetime) -> None:
        """Take the folder, or fsspec URL, and the start of the run, in UTC."""
        self._base = folder and f"{folder.rstrip('/')}/{started:%Y%m%d}/{started:%H%M%S}"
        self._numbers: Counter[str] = Counter()
        self.kept: dict[str, Kept] = {}

    def keep(self, name: str, path: str, text: str, suffix: str) -> None:
        """Note a request, and keep its answer.

        Raises:
            ExtractError: The answer cannot be written.
        """
        if self._base is None:
            self.kept.setdefault(name, Kept(path, None))
            return
        stem = f"{self._base}_{name}"
        self._numbers[name] += 1
        target = f"{stem}_{self._numbers[name]}.{suffix}"
        try:
            with fsspec.open(target, "w", encoding="utf-8", auto_mkdir=True) as file:
                file.write(text)
        except (ImportError, OSError, ValueError) as error:
            raise ExtractError(
                f"An answer cannot be kept in {target}: {error}. Check raw_dir, and that the fsspec"
                " package for such an address is installed."
            ) from error
        self.kept.setdefault(name, Kept(path, f"{stem}_*.{suffix}"))
