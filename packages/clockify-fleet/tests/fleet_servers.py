"""Servers of databases that a test starts, where their programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 300
ADMINISTRATION = {"postgresql": "postgres", "mysql": "mysql"}
"""A database that every server has, by the scheme of its URI."""


class ServerMissingError(Exception):
    """The server's programs are not installed."""


@contextmanager
def postgresql(folder: Path, port: int) -> Iterator[str]:
    """Run a PostgreSQL at a port; its databases' URI has {} for the name."""
    initdb, server = _program("initdb", "postgresql"), _program("postgres", "postgresql")
    user = _unprivileged(folder)
    data = folder / "data"
    subprocess.run(  # noqa: S603
        [initdb, "-D", data, "-U", "fleet", "-A", "trust", "-E", "UTF8"],
        user=user, check=True, capture_output=True,
    )  # fmt: skip
    options = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
    # The zone of a session is not the server's: the fleet sets it.
    options += ["-c", "timezone=Asia/Tokyo"]
    command = [server, "-D", str(data), "-p", str(port), "-h", "127.0.0.1", *options]
    with _running(command, user):
        uri = f"postgresql+psycopg://fleet@127.0.0.1:{port}/{{}}"
        _await(uri.format(ADMINISTRATION["postgresql"]))
        yield uri


@contextmanager
def mariadb(folder: Path, port: int) -> Iterator[str]:
    """Run a MariaDB at a port; its databases' URI has {} for the name."""
    install, server = _program("mariadb-install-db", "mariadb"), _program("mariadbd", "mariadb")
    user = _unprivileged(folder)
    data = folder / "data"
    common = ["--no-defaults", f"--datadir={data}"]
    subprocess.run(  # noqa: S603
        [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        user=user, check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    command = [
        server, *common, f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={folder}/s.sock", f"--pid-file={folder}/s.pid",
        "--default-time-zone=+09:00", "--innodb-flush-log-at-trx-commit=0",
    ]  # fmt: skip
    with _running(command, user):
        uri = f"mysql+pymysql://root@127.0.0.1:{port}/{{}}"
        _await(uri.format(ADMINISTRATION["mysql"]))
        yield uri


def _program(name: str, package: str) -> str:
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/sbin"), Path("/usr/bin")]
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)])
    if not (found := shutil.which(name, path=path)):
        raise ServerMissingError(f"{name} is not installed here ({package})")
    return found


def _unprivileged(folder: Path) -> str | None:
    """Return a user that a server accepts, since none runs as root, and give it the folder."""
    if os.geteuid():
        return None
    shutil.chown(folder, "nobody")
    return "nobody"


@contextmanager
def _running(command: list[str], user: str | None) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603
        command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def _await(uri: str) -> None:
    engine = create_engine(uri)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    engine.dispose()
