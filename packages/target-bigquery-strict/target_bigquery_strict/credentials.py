"""Credentials for BigQuery, and where it answers."""

from __future__ import annotations

import json
import os
import warnings
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError

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
    try:
        if text:
            return _loaded(google.auth.load_credentials_from_dict, json.loads(text))
        if path:
            return _loaded(google.auth.load_credentials_from_file, path)
        if os.environ.get(EMULATOR):
            return AnonymousCredentials()
        found: Credentials = google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, OSError, ValueError, TypeError, AttributeError) as error:
        # Google's messages quote the key.
        source = "credentials_json" if text else f"credentials_path ({path})" if path else ""
        raise LoadError(
            f"{source} holds no key that Google's client can use ({type(error).__name__}). Set it"
            f" to {'the content' if text else 'the path'} of a key file."
            if source
            else "There are no credentials for BigQuery. Set credentials_path to a key file, or"
            " run: gcloud auth application-default login"
        ) from None
    return found


def _loaded(load: Callable[..., tuple[Credentials, str | None]], source: Any) -> Credentials:
    with warnings.catch_warnings():
        # It warns of keys from strangers; this one comes from the owner of the settings.
        warnings.simplefilter("ignore", DeprecationWarning)
        return load(source, scopes=SCOPES)[0]
