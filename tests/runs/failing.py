"""How a run fails, and the faults that make it fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from support import run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server

KEY = "SuperSecret0123456789abcdefghijk"

CHECK_KEY = (
    "Check the setting api_key or addon_token. A workspace on a subdomain or in a data region"
    " needs a key created there: see the settings region and subdomain."
)

FAULTS: dict[str, dict[str, Any]] = {
    "429": {},
    "5xx": {},
    "5xx of another kind": {"kind": "5xx", "status": 500, "body": ""},
    "reset": {},
    "truncated": {},
    "malformed": {},
    "empty": {},
    "status": {"status": 200, "body": "<html>Log in to the hotel's network</html>"},
}


def failure(server: Server, **config: Any) -> ClockifyError:
    """Run the tap and return how it fails."""
    with pytest.raises(ClockifyError) as caught:
        run_tap(server, **config)
    return caught.value


def add_fault(server: Server, name: str, match: str, times: int | None) -> None:
    options = dict(FAULTS[name])
    server.faults.add(options.pop("kind", name), match=match, times=times, **options)
