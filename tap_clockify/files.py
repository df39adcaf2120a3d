"""The JSON files that the command is given: one that is unusable is an error of a sentence."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = "ENV"
"""Given as ``--config``, it names the variables of the environment instead of a file."""

STDIN = "-"
"""Given as ``--state`` or ``--catalog``, it names the standard input, as in most commands."""


class JsonObject(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions
    """The path of a file that holds one JSON object.

    The path is passed on, since the SDK reads the file; with ``opened``, an open file is.
    """

    name = "file"

    def __init__(self, remedy: str, *, opened: bool = False) -> None:
        """Declare the parameter.

        Args:
            remedy: What to do about an unusable file, as a sentence.
            opened: Whether to pass on an open file instead of the path.
        """
        self._remedy = remedy
        self._opened = opened

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | TextIO:
        path = Path(value)
        is_pipe = path.exists() and not path.is_file() and not path.is_dir()
        if value == ENVIRONMENT or (is_pipe and not self._opened):
            return str(value)  # The SDK reads it, and a pipe can be read only once.
        try:
            is_stdin = self._opened and value == STDIN
            text = sys.stdin.read() if is_stdin else path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise self._error(param, f"{value} cannot be read: {reason}") from None
        if wrong := _what_is_wrong(text):
            raise self._error(param, f"{value} {wrong}")
        return io.StringIO(text) if self._opened else str(value)

    def _error(self, param: click.Parameter | None, problem: str) -> click.ClickException:
        option = f"--{param.name}: " if param else ""
        return click.ClickException(f"{option}{problem}. {self._remedy}")


def check_files(params: Sequence[click.Parameter]) -> None:
    """Let the options of the SDK's command that name JSON files check these."""
    types = {
        "config": JsonObject("It must hold the settings as one JSON object."),
        "catalog": JsonObject("Create the catalog again with --discover.", opened=True),
        "state": JsonObject(
            "Restore the last good state. Without a state, a run extracts everything again and"
            " cannot mark rows as deleted that earlier runs loaded.",
            opened=True,
        ),
    }
    for param in params:
        if param.name in types:
            param.type = types[param.name]


def _what_is_wrong(text: str) -> str | None:
    """Return what is wrong with the text of a file, without quoting it; None if nothing is."""
    if not text.strip():
        return "is empty"
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    return None if isinstance(found, dict) else "does not hold a JSON object"
