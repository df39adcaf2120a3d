"""Advice for the user about each of Clockify's errors."""

from __future__ import annotations

from clockify_client.http.errors import Advice

ADVICE = Advice(
    by_status={
        400: "Clockify does not accept these values.",
        401: (
            "Check the setting api_key or addon_token. A workspace on a subdomain or in a data"
            " region needs a key created there: see the settings region and subdomain."
        ),
        402: "The workspace's plan does not include this.",
        403: (
            "The key's owner must be an owner or admin of the workspace, and the workspace's plan"
            " must include this."
        ),
        404: "The host has no such path: check region, subdomain, api_url and reports_url.",
        405: "The host does not allow this request: check api_url and reports_url.",
        429: "Lower the setting requests_per_second or requests_per_hour, or run again later.",
    },
    server=(
        "The problem is on Clockify's side: run again later. No bookmark has moved past data that"
        " was not read."
    ),
    unreachable="Check the network and the settings region, subdomain, api_url and reports_url.",
    unexpected=(
        "the response is not what Clockify documents ({reason}). Check that reports_url points to"
        " Clockify."
    ),
    undecodable="Check whether a proxy interferes, or run again later.",
)
"""Source of the statuses: facts sheet, section 2."""

UNREACHABLE_HERE = (
    "Start what should answer there, or correct api_url and reports_url. The simulated Clockify is"
    " started by `uv run clockify-sandbox up`."
)
"""What to do if nothing answers on this machine, where Clockify can only be simulated."""
