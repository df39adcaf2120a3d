"""What the user gives: files of settings, their names, and how to log."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_bigquery_strict.credentials import EMULATOR
from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from singer_sdk.exceptions import ConfigValidationError

OF_THE_SDK = (
    "batch_config",
    "load_method",
    "process_activate_version_messages",
    "validate_records",
)
"""Settings that the SDK declares for targets, and that have no effect on this one."""

PROJECT_VARIABLE = "GCP_PROJECT_ID"
"""The variable from which our Meltano project takes the setting ``project``."""

NO_PROJECT = "'project' is a required property"
MISSING_PROJECT = (
    f"project is missing: set {PROJECT_VARIABLE}, if you use our Meltano project, or"
    " TARGET_BIGQUERY_STRICT_PROJECT"
)


def read_settings(path: str) -> dict[str, Any]:
    """Return the settings in a file.

    Raises:
        LoadError: There is no such file, or it holds no JSON object.
    """
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise LoadError(
            f"The settings in {path} cannot be read: {error.strerror}. Give the path of a JSON"
            " file with --config, or ENV to read environment variables."
        ) from None
    except (ValueError, RecursionError) as error:
        raise LoadError(f"The settings in {path} are not JSON{_where(error)}.") from None
    if not isinstance(found, dict):
        raise LoadError(f"The settings in {path} are not a JSON object, with names and values.")
    return found


def _where(error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return ""
    return f": {error.msg}, in line {error.lineno}, column {error.colno}"


def unknown_settings(given: Iterable[str], known: Collection[str]) -> str:
    """Return a sentence about settings that do not exist, or nothing."""
    unknown = sorted(set(given) - set(known) - set(OF_THE_SDK))
    if not unknown:
        return ""
    names = ", ".join(_named(each, known) for each in unknown)
    if len(unknown) == 1:
        return f"The setting {names} is unknown and has no effect."
    return f"The settings {names} are unknown and have no effect."


def _named(name: str, known: Collection[str]) -> str:
    nearest = difflib.get_close_matches(name.lower(), known, n=1)
    return f"'{name}' (did you mean '{nearest[0]}'?)" if nearest else f"'{name}'"


def invalid_settings(error: ConfigValidationError) -> LoadError:
    """Return the SDK's list of errors as one sentence."""
    errors = (MISSING_PROJECT if each == NO_PROJECT else each for each in error.errors)
    return LoadError(
        f"The settings cannot be used: {'; '.join(errors)}. Correct them; --about describes all"
        " settings."
    )


def unused_project(project: str, variables: Mapping[str, str]) -> str:
    """Return a sentence about a project that is set while a local BigQuery is used, or nothing."""
    given = variables.get(PROJECT_VARIABLE)
    if not given or given == project or not variables.get(EMULATOR):
        return ""
    return (
        f"{PROJECT_VARIABLE} is set, but nothing is loaded into that project: {EMULATOR} names a"
        f" local BigQuery, and the setting project is {project}. For your own BigQuery, add"
        " --environment=prod after meltano."
    )


def log_refused(error: Exception) -> str:
    """Say that the log could not be set up as the variables of the environment ask for."""
    return (
        f"The log cannot be set up: {error}. Check the environment variables"
        " TARGET_BIGQUERY_STRICT_LOGLEVEL, LOGLEVEL and SINGER_SDK_LOG_CONFIG."
    )
