"""Which hosts serve a workspace, by data region and subdomain.

Source: "Base URLs" of Clockify's OpenAPI document (https://docs.clockify.me).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

REGIONS = ("global", "euc1", "use2", "euw2", "apse2")
GLOBAL_CORE = "https://api.clockify.me/api/v1"
GLOBAL_REPORTS = "https://reports.api.clockify.me/v1"


@dataclass(frozen=True)
class Hosts:
    """The two base URLs of Clockify, without a trailing slash."""

    core: str
    reports: str


def hosts_for(config: Mapping[str, object]) -> Hosts:
    """Form both base URLs from the settings region, subdomain, api_url and reports_url."""
    region = str(config.get("region") or "global")
    subdomain = config.get("subdomain")
    core = GLOBAL_CORE if region == "global" else f"https://{region}.clockify.me/api/v1"
    reports = None
    if subdomain:
        reports = f"https://{subdomain}.clockify.me/report/v1"
    if config.get("api_url"):
        core = _with_path(str(config["api_url"]), "/api/v1")
    if config.get("reports_url"):
        reports = _with_path(str(config["reports_url"]), "/report/v1")
    return Hosts(core=core, reports=reports or _reports_beside(core))


def _reports_beside(core: str) -> str:
    """Only the global deployment has a host of its own for reports."""
    if core == GLOBAL_CORE:
        return GLOBAL_REPORTS
    return core.removesuffix("/api/v1") + "/report/v1"


def _with_path(url: str, path: str) -> str:
    """Add the usual path to a bare host; leave a URL that has a path as it is."""
    url = url.rstrip("/")
    if urlsplit(url).path:
        return url
    is_global_reports = url == GLOBAL_REPORTS.removesuffix("/v1")
    return f"{url}/v1" if is_global_reports else url + path
