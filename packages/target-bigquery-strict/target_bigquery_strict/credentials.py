"""Credentials for BigQuery, and where it answers."""

from __future__ import annotations

import json
import os
import warnings
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.compute_engine import Credentials as MachineCredentials
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials as UserCredentials

from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.auth.credentials import Credentials

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
"""Environment variable with the path of a key file, which Google's client reads."""
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
        source = named_source(settings)
        raise LoadError(  # Google's messages quote the key.
            f"{source} holds no key that Google's client can use ({type(error).__name__}). Set it"
            f" to {'the content' if text else 'the path'} of a key file."
            if source
            else "There are no credentials for BigQuery. Set credentials_path to a key file, or"
            " run: gcloud auth application-default login"
        ) from None
    return found


def named_source(settings: Mapping[str, Any]) -> str:
    """Return the setting or the variable that names the credentials; "" if none does."""
    if settings.get("credentials_json"):
        return "credentials_json"
    if path := settings.get("credentials_path"):
        return f"credentials_path ({path})"
    path = os.environ.get(VARIABLE)
    return f"{VARIABLE} ({path})" if path and not os.environ.get(EMULATOR) else ""


def described(found: Credentials, settings: Mapping[str, Any]) -> str:
    """Say whose credentials these are, and where they come from; a person is not named."""
    if isinstance(found, AnonymousCredentials):
        return f"None are needed: {EMULATOR} names a local BigQuery."
    if address := getattr(found, "service_account_email", None):
        account = f"The service account {address}"
    elif isinstance(found, UserCredentials):
        account = "The account of a person"
    else:
        account = f"An account of the kind {type(found).__module__.rpartition('.')[2]}"
    source = named_source(settings)
    if not source and isinstance(found, MachineCredentials):
        source = "this machine (the metadata server)"
    return f"{account}, from {source or 'gcloud (application default credentials)'}."


def _loaded(load: Callable[..., tuple[Credentials, str | None]], source: Any) -> Credentials:
    with warnings.catch_warnings():
        # It warns of keys from strangers; this one comes from the owner of the settings.
        warnings.simplefilter("ignore", DeprecationWarning)
        return load(source, scopes=SCOPES)[0]
