"""Whether a job of Meltano would really use the sandbox, and nobody's account."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clockify_sandbox.supervisor import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEMO = "demo"
MELTANO_ENVIRONMENT = "MELTANO_ENVIRONMENT"
ADDRESS = re.compile(r"(TAP|TARGET)_\w+_URL")
"""Variables that Meltano prefers to the addresses of its environment."""

UNUSED = ("TIMECAMP_API_KEY", "FITBIT_REFRESH_TOKEN")
"""Variables for the real services, besides those that tap and loader themselves warn of."""


def check_environment(wanted: str, variables: Mapping[str, str]) -> None:
    """Make sure that a job runs in the environment that it is made for.

    Args:
        wanted: The environment of Meltano; in ``demo``, every address must be on this machine.
        variables: The variables of this process, which Meltano starts with those of ``.env``.

    Raises:
        SandboxError: The job could use a real account.
    """
    given = variables.get(MELTANO_ENVIRONMENT, wanted)
    if given != wanted:
        raise SandboxError(
            f"This job is made for the environment {wanted}, but Meltano's environment is {given}."
            " Nothing was read or written. Unset MELTANO_ENVIRONMENT, in the shell and in .env, or"
            f" run: uv run meltano --environment={wanted} run {wanted}"
        )
    if wanted == DEMO:
        check_addresses(variables)


def check_addresses(variables: Mapping[str, str]) -> None:
    """Make sure that no variable leads a plugin away from this machine.

    Raises:
        SandboxError: A variable does.
    """
    if elsewhere := list(_addresses_elsewhere(variables)):
        raise SandboxError(
            f"The demo would not use the simulated services, since {' and '.join(elsewhere)} is"
            " set to an address that is not on this machine. Nothing was read or written. Unset it,"
            " in the shell and in .env, and run the demo again."
        )


def unused_keys(wanted: str, variables: Mapping[str, str]) -> list[str]:
    """Return the variables with real keys that the demo does not use."""
    return [name for name in UNUSED if wanted == DEMO and variables.get(name)]


def _addresses_elsewhere(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(variables.items()):
        if ADDRESS.fullmatch(name) and value and not _is_here(value):
            yield name


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
