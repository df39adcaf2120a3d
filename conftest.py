"""Every test, of the tap and of the packages, is isolated: no network, no environment."""

from __future__ import annotations

import os
import random
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent
FAST = (
    "tests/changes",
    "tests/dates",
    "tests/lists",
    "tests/records",
    "tests/streams",
    "packages/clockify-client",
)
"""Where the tests of ``--fast`` are: they start no other process and load no BigQuery."""

LEAKY = ("CLOCKIFY_", "TAP_", "TARGET_CLOCKIFY_", "MELTANO_", "SINGER_")
"""Prefixes of environment variables that would change what the programs do."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer run in a minute what says most for the time that it takes."""
    parser.addoption("--fast", action="store_true", help="Run only the tests of " + ", ".join(FAST))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folders that are not fast."""
    if not config.getoption("--fast") or collection_path.is_dir():
        return None
    inside = collection_path.relative_to(ROOT).as_posix()
    return None if inside.startswith(FAST) else True


def pytest_report_header(config: pytest.Config) -> str:
    """Say how long it will take."""
    if config.getoption("--fast"):
        return "about half a minute on two cores; all tests: uv run pytest"
    return "all tests take about 15 minutes on two cores; uv run pytest --fast takes less than one"


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment() -> Iterator[None]:
    """Hide the developer's own settings, and use no proxy for the loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(LEAKY) or name in {"LOGLEVEL", "TZ"}:
                patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Let no test connect to another machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            message = f"a test tried to connect to {address}"
            raise AssertionError(message)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Find ports for servers that bind them later, when they start.

    No other test process finds the same, and the system assigns these to nobody, unlike port 0.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + 1000 * (worker % 10)
    ports = iter(random.sample(range(first, first + 1000), 1000))
    return lambda: next(port for port in ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_here(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback
