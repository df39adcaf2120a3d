"""The environment of a child, built up from nothing, so that no organisation sees another's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
        "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CONFIG",
        "GCE_METADATA_HOST", "GCP_PROJECT_ID", "BIGQUERY_EMULATOR_HOST",
        "CLOCKIFY_SANDBOX_PORT", "CLOCKIFY_SANDBOX_BIGQUERY_PORT", "CLOCKIFY_SANDBOX_FOLDER",
    }
)  # fmt: skip
"""What every child needs to find programs, certificates, proxies and Google's credentials."""
PREFIXES = (
    "LC_",
    "XDG_",
    "UV_",
    "PIP_",
    "MELTANO_",
    "TAP_CLOCKIFY_",
    "TAP_BIGQUERY_STRICT_",
    "TARGET_BIGQUERY_STRICT_",
    "DBT_",
)
"""Settings of Meltano and of its plugins, which are the same for all organisations."""
KEYS = ("TAP_CLOCKIFY_API_KEY", "TAP_CLOCKIFY_ADDON_TOKEN", "MELTANO_PROJECT_ROOT")
"""Variables that a child gets for its own organisation, or not at all."""


def passed_on(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that children of all organisations get."""
    return {
        name: value
        for name, value in variables.items()
        if (name in NAMES or name.startswith(PREFIXES)) and name not in KEYS
    }
