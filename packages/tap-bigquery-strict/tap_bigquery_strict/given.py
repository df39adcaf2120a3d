"""What the user gives: files of settings, state and catalog, and the names of settings."""

from __future__ import annotations

import difflib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from tap_bigquery_strict.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

OF_THE_SDK = ("emit_activate_version_messages",)
"""Settings that the SDK declares for taps, and that have no effect on this one."""


def read_object(path: str, what: str) -> dict[str, Any]:
    """Return the JSON object in a file, which holds `what`, such as "catalog".

    Raises:
        ExtractError: There is no such file, or it holds no JSON object.
    """
    head = f"The {what} in {path}"
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ExtractError(
            f"{head} cannot be read: {error.strerror}. Give the path of a JSON file."
        ) from None
    except json.JSONDecodeError as error:
        raise ExtractError(
            f"{head} is not JSON: {error.msg}, in line {error.lineno}, column {error.colno}."
        ) from None
    except (ValueError, RecursionError):
        raise ExtractError(f"{head} is not JSON.") from None
    if not isinstance(found, dict):
        raise ExtractError(f"{head} is not a JSON object, with names and values.")
    return found


# Older versions of click lack the argument of the type.
class JsonFile(click.ParamType):  # type: ignore[type-arg]
    """The path of a file with a JSON object; its content is read, and checked, at once."""

    name = "filename"

    def __init__(self, what: str, *, lists: str = "") -> None:
        """Name what the file holds, and the list that it must have."""
        self._what = what
        self._list = lists

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> io.StringIO:
        """Return the content.

        Raises:
            ExtractError: It cannot be read.
        """
        found = read_object(str(value), self._what)
        if self._list and not isinstance(found.get(self._list), list):
            raise ExtractError(
                f"The {self._what} in {value} has no list of {self._list}. Make it with --discover."
            )
        return io.StringIO(json.dumps(found))


def unknown_settings(given: Iterable[str], known: Collection[str]) -> str:
    """Return a sentence about settings that do not exist, or nothing."""
    unknown = sorted(set(given) - set(known) - set(OF_THE_SDK))
    names = ", ".join(_named(each, known) for each in unknown)
    if len(unknown) == 1:
        return f"The setting {names} is unknown and has no effect."
    return f"The settings {names} are unknown and have no effect." if unknown else ""


def _named(name: str, known: Collection[str]) -> str:
    nearest = difflib.get_close_matches(name.lower(), known, n=1)
    return f"'{name}' (did you mean '{nearest[0]}'?)" if nearest else f"'{name}'"
