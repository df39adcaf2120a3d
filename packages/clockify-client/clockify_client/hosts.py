"""Which hosts serve a workspace, by data region and subdomain.

Source: "Base URLs" of Clockify's OpenAPI document (https://docs.clockify.me).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from urllib3.util import parse_url

ODD = re.compile(r"[\x00-\x20\x7f\\]|\s")
"""Characters that no URL has: spaces, control characters, backslashes."""

REGIONS = ("global", "euc1", "use2", "euw2", "apse2")
GLOBAL_CORE = "https://api.clockify.me/api/v1"
GLOBAL_REPORTS = "https://reports.api.clockify.me/v1"
GLOBAL_AUDIT_LOG = "https://auditlog-api.api.clockify.me/v1"


@dataclass(frozen=True)
class Hosts:
    """The three base URLs of Clockify, without a trailing slash."""

    core: str
    reports: str
    audit_log: str

    @property
    def are_on_this_machine(self) -> bool:
        """Whether the core API is served by the machine that the program runs on."""
        return is_this_machine(urlsplit(self.core).hostname or "")


def hosts_for(
    *,
    region: str | None = None,
    subdomain: str | None = None,
    api_url: str | None = None,
    reports_url: str | None = None,
    audit_log_url: str | None = None,
) -> Hosts:
    """Build the base URLs from the settings of the same names."""
    core = GLOBAL_CORE
    if region not in {None, "global"}:
        core = f"https://{region}.clockify.me/api/v1"
    reports = f"https://{subdomain}.clockify.me/report/v1" if subdomain else None
    if api_url:
        core = _with_path(api_url, "/api/v1")
    if reports_url:
        reports = _with_path(reports_url, "/report/v1")
    return Hosts(
        core=core,
        reports=reports or _beside(core, GLOBAL_REPORTS, "/report/v1"),
        audit_log=(
            _with_path(audit_log_url, "/v1")
            if audit_log_url
            else _beside(core, GLOBAL_AUDIT_LOG, "/auditlog/v1")
        ),
    )


def url_mistake(url: str, kind: str) -> str | None:
    """Return what is wrong with a base URL, and what to do; None if it is valid.

    The message repeats a value only if it cannot contain a password.

    Args:
        url: The URL.
        kind: What the program is that would use it: a tap or a target.
    """
    try:
        # As the HTTP library parses it, for what it would do with the URL is what counts.
        parsed = parse_url(url)
        parts = urlsplit(url)
        host = parts.hostname
        is_url = parsed.scheme in {"http", "https"} and bool(parsed.host and host)
    except ValueError:
        is_url = False
    if not is_url or not re.match("https?://[^/]", url, re.IGNORECASE) or ODD.search(url):
        shown = repr(url) if re.fullmatch(r"[\w./-]{1,100}", url) else "the value"
        return f"{shown} is not a URL; write it like https://api.clockify.me/api/v1."
    if parts.username is not None or parts.password is not None:
        return (
            "the URL contains a user name or a password, which logs and errors would show; remove"
            f" it. The {kind} authenticates only with api_key or addon_token."
        )
    if "?" in url or "#" in url:
        return "the URL contains a query or a fragment; remove everything from ? or # on."
    if parts.scheme == "http" and not is_this_machine(str(host)):
        return (
            f"http://{host} would send the key unencrypted; use https://. Plain http:// is allowed"
            " only for this machine (localhost, 127.0.0.1)."
        )
    return None


def is_this_machine(host: str) -> bool:
    """Return whether a host is the machine that the program runs on."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _beside(core: str, of_global: str, path: str) -> str:
    """Derive another base URL: only the global region has a host of its own for each."""
    return of_global if core == GLOBAL_CORE else core.removesuffix("/api/v1") + path


def _with_path(url: str, path: str) -> str:
    """Add the usual path to a bare host; leave a URL with a path unchanged."""
    url = url.rstrip("/")
    if urlsplit(url).path:
        return url
    is_global_reports = url == GLOBAL_REPORTS.removesuffix("/v1")
    return f"{url}/v1" if is_global_reports else url + path
