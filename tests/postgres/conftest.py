"""A PostgreSQL for the tests of a module, where its programs are installed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fleet_servers import ADMINISTRATION, ServerMissingError, postgresql
from postgres_target import Postgres
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[Postgres]:
    """Start a server whose time zone is far from UTC."""
    try:
        # Not below pytest's own folder, which no other user may enter: no server runs as root.
        with (
            tempfile.TemporaryDirectory(prefix="loads-") as own,
            postgresql(Path(own), free_port()) as uri,
        ):
            url = make_url(uri.format(ADMINISTRATION["postgresql"]))
            yield Postgres(url, tmp_path_factory.mktemp("postgres"))
    except ServerMissingError as error:
        pytest.skip(str(error))
