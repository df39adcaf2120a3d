"""Advice for the user about each of Clockify's errors."""

from __future__ import annotations

from dataclasses import replace

from clockify_client.advice import ADVICE as COMMON

ADVICE = replace(
    COMMON,
    by_status={
        **COMMON.by_status,
        403: (
            "The key's owner may not do this in the workspace, or the workspace's plan does not"
            " include it: check api_key and workspace_id."
        ),
        404: "The host has no such path: check region, subdomain and api_url.",
        405: "The host does not allow this request: check api_url.",
    },
    server="The problem is on Clockify's side: run it again later. Nothing is written twice.",
    unreachable="Check the network and the settings region, subdomain and api_url.",
    unexpected=(
        "the response is not what Clockify documents ({reason}). Check that api_url points to"
        " Clockify."
    ),
)
"""Source of the statuses: facts sheet, section 2."""
