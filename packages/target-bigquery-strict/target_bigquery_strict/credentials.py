"""Credentials for BigQuery, and where it answers."""

from __future__ import annotations

import json
import os
import warnings
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.auth.credentials import Credentials

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Environment variable with the address of a local BigQuery, which Google's client honours too."""
SCOPES = ("https://www.googleapis.com/auth/bigquery",)


def base_url() -> str:
    """Return the address of BigQuery's API."""
    return os.environ.get(EMULATOR) or "https://bigquery.googleapis.com"


def credentials(settings: Mapping[str, Any]) -> Credentials:
    """Return the credentials of the settings, or the machine's own.

    Raises:
        LoadError: There are none that can be used.
    """
    path, text = settings.get("credentials_path"), settings.get("credentials_json")
    found: Credentials
    try:
        if text:
            found = _loaded(google.auth.load_credentials_from_dict, json.loads(text))
        elif path:
            found = _loaded(google.auth.load_credentials_from_file, path)
        elif os.environ.get(EMULATOR):
            return AnonymousCredentials()
        else:
            found = google.auth.default(scopes=SCOPES)[0]
    except DefaultCredentialsError as error:
        raise LoadError(
            f"There are no usable credentials for BigQuery: {_first_line(error)} Set"
            " credentials_path to a key file, or run: gcloud auth application-default login"
        ) from None
    except ValueError:
        raise LoadError(
            "credentials_json is no JSON. Set it to the content of a key file."
        ) from None
    return found


def _loaded(load: Callable[..., tuple[Credentials, str | None]], source: Any) -> Credentials:
    with warnings.catch_warnings():
        # It warns of keys from strangers; this one comes from the owner of the settings.
        warnings.simplefilter("ignore", DeprecationWarning)
        return load(source, scopes=SCOPES)[0]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
