"""What to do about Clockify's errors, in sentences for the owner of the key."""

from __future__ import annotations

from tap_clockify.errors import ClockifyError
from tap_clockify.http.errors import Advice

ADVICE = Advice(
    by_status={
        400: "Clockify does not accept these values.",
        401: (
            "Check the setting api_key or addon_token. A workspace on a subdomain or in a data"
            " region needs a key that was made there: see the settings region and subdomain."
        ),
        402: "The workspace's plan does not include this.",
        403: (
            "The owner of the key needs to be an owner or admin of the workspace, and the"
            " workspace's plan must include this."
        ),
        404: "The host does not know the path: check region, subdomain, api_url and reports_url.",
        405: "The host does not offer the path for reading: check api_url and reports_url.",
        429: "Lower the setting requests_per_second or requests_per_hour, or run again later.",
    },
    server=(
        "Clockify is in trouble: run again later; nothing that was not read has been bookmarked."
    ),
    unreachable="Check the network and the settings region, subdomain, api_url and reports_url.",
    unexpected=(
        "the answer is not as Clockify documents it ({reason}). Check that reports_url leads to"
        " Clockify."
    ),
    undecodable="Check that no proxy stands between, or run again later.",
)
"""Statuses: facts sheet, section 2."""


class TotalsDifferError(ClockifyError):
    """The rows read differ from Clockify's own totals and ``verify_totals`` is ``fail``."""
