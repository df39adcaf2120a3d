"""Fixtures of the fleet's tests: databases of three makes, and a Meltano that is a script."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clockify_fleet.database import connected
from fleet_servers import ADMINISTRATION, ServerMissingError, mariadb, postgresql
from fleet_support import Bench, bench_in
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

SERVERS = {"postgresql": postgresql, "mariadb": mariadb}


@pytest.fixture(scope="session", params=["sqlite", *SERVERS])
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
) -> Iterator[str]:
    """Start a server of each make, and return the URI of an empty database with {} for its name."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("sqlite")
        yield f"sqlite:///{folder}/{{}}.db"
        return
    try:
        # Not below pytest's own folder, which no other user may enter: no server runs as root.
        with (
            tempfile.TemporaryDirectory(prefix="fleet-") as own,
            SERVERS[request.param](Path(own), free_port()) as uri,
        ):
            yield uri
    except ServerMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def uri(server: str, request: pytest.FixtureRequest) -> str:
    """Return the URI of a database of the test's own."""
    name = f"t{abs(hash(request.node.nodeid))}"
    if not server.startswith("sqlite"):
        scheme = server.partition("+")[0]
        root = create_engine(server.format(ADMINISTRATION[scheme]), isolation_level="AUTOCOMMIT")
        with root.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        root.dispose()
    return server.format(name)


@pytest.fixture
def engine(uri: str, tmp_path: Path) -> Iterator[Engine]:
    """Connect to it, with the fleet's tables."""
    engine = connected(uri, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Provide a project whose Meltano is a script that does what each organisation asks for."""
    with bench_in(tmp_path) as made:
        yield made
