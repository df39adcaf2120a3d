"""bqemulator in this process, with workarounds for the gaps that a real target runs into.

The workarounds are in `_Engine`, through which every statement reaches DuckDB;
`docs/local-bigquery.md` explains how each gap was found. Nothing of bqemulator is patched
globally: another emulator in the same process keeps its own behaviour.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bqemulator.catalog.duckdb_repository import DuckDBCatalogRepository
from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.config import LogLevel, PersistenceMode, Settings
from bqemulator.server import EmulatorServer
from bqemulator.storage.engine import DuckDBEngine
from duckdb import CatalogException
from sqlglot import exp, parse_one
from typing_extensions import override

from clockify_sandbox.bigquery_alters import single_actions, sync_columns
from clockify_sandbox.bigquery_creates import cast_to_columns
from clockify_sandbox.bigquery_loads import check_rows
from clockify_sandbox.bigquery_routes import LOADING, add_routes
from clockify_sandbox.bigquery_time_travel import TimeTravel

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    import duckdb
    from bqemulator.catalog.repository import CatalogRepository
    from fastapi import FastAPI

GZIP_MAGIC = b"\x1f\x8b"
TOKEN_PATH = "/token"  # noqa: S105 -- a path, not a secret
FAILED_LOADS_PATH = "/_sandbox/failed-loads"
ABOUT_PATH = "/_sandbox/about"
_PROBE = "SELECT 1"  # the query of a readiness check
_JSON_LOAD = re.compile(r"COPY .* FROM \? \(FORMAT JSON\)", re.DOTALL)

_VERB = re.compile(r"(?:\s+|/\*.*?\*/|--[^\n]*\n)*([A-Za-z]+)", re.DOTALL)


class _Engine(DuckDBEngine):
    """The emulator's DuckDB, without downloads, but with what BigQuery's clients rely on."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.failed_loads: list[str] = []
        self.last_used = time.monotonic()
        self.catalog: CatalogRepository | None = None

    @override
    def _apply_session_pragmas(self) -> None:
        super()._apply_session_pragmas()
        # A query that names an unknown function must fail, not wait for a download.
        self.connection.execute("SET autoinstall_known_extensions = false")

    @override
    def _load_spatial(self) -> None:
        """Skip `spatial`: an 80 MB download that only GEOGRAPHY functions need."""

    @override
    def execute(
        self,
        sql: str,
        parameters: list[Any] | None = None,
    ) -> duckdb.DuckDBPyConnection:
        if sql != _PROBE:
            self.last_used = time.monotonic()
        if parameters and _JSON_LOAD.fullmatch(sql.strip()):
            return self._load_json(sql, Path(parameters[0]))
        verb = _verb(sql)
        if verb == "MERGE":
            sql = unqualify_merge(sql)
        if verb == "CREATE":
            sql = cast_to_columns(sql)
        if verb == "ALTER":
            return self._alter(sql)
        if verb == "DROP":
            return self._drop(sql, parameters)
        return super().execute(sql, parameters)

    def _drop(self, sql: str, parameters: list[Any] | None) -> duckdb.DuckDBPyConnection:
        """Drop a table or a view: a request to delete a table names either."""
        try:
            return super().execute(sql, parameters)
        except CatalogException as error:
            if "is of type View" not in str(error):
                raise
            return super().execute(sql.replace("TABLE", "VIEW", 1), parameters)

    def _alter(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Change the columns of a table, in the data and in the catalog."""
        statements = single_actions(sql)
        for statement in statements[:-1]:
            super().execute(statement)
        done = super().execute(statements[-1])
        if self.catalog is not None:
            sync_columns(sql, self.connection.cursor(), self.catalog)
        return done

    def _load_json(self, sql: str, path: Path) -> duckdb.DuckDBPyConnection:
        """Load an uploaded file; remember a failure, which the target ignores (see the docs)."""
        _unpack(path)
        try:
            check_rows(self.connection, path, LOADING.get({}))
            return super().execute(sql, [str(path)])
        except Exception as error:
            self.failed_loads.append(f"{sql}: {error}")
            raise


def _verb(sql: str) -> str:
    """Return the first word of a statement, after the comments that dbt puts in front."""
    found = _VERB.match(sql)
    return found.group(1).upper() if found else ""


def _unpack(path: Path) -> None:
    """Unpack an uploaded file: BigQuery recognizes gzip by the content."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    if packed:
        path.write_bytes(gzip.decompress(path.read_bytes()))


def unqualify_merge(sql: str) -> str:
    """Drop the table from `UPDATE SET target.column`: BigQuery accepts it, DuckDB does not."""
    tree = parse_one(sql, read="duckdb")
    for when in tree.find_all(exp.When):
        action = when.args["then"]
        if isinstance(action, exp.Update):
            for assignment in action.expressions:
                assignment.set("this", exp.column(assignment.this.this.copy()))
    return tree.sql(dialect="duckdb")


class _Server(EmulatorServer):
    """An emulator with our engine that also issues the tokens that its clients ask for."""

    def __init__(self, settings: Settings, about: Mapping[str, object]) -> None:
        super().__init__(settings)
        self._about = dict(about)
        # The emulator builds its own engine and catalog; these two take their place.
        self._engine = self.engine = _Engine(settings)
        self._catalog = (
            MemoryCatalogRepository(self._engine)
            if settings.persistence_mode is PersistenceMode.EPHEMERAL
            else DuckDBCatalogRepository(self._engine)
        )
        self.engine.catalog = self._catalog

    @override
    async def start(self) -> None:
        await super().start()
        if self._fastapi_server is None:  # pragma: no cover (start raises instead)
            msg = "The local BigQuery did not start."
            raise RuntimeError(msg)
        if self._context is not None:
            TimeTravel(self._context.snapshots, self._catalog)
        app = cast("FastAPI", self._fastapi_server.config.app)
        add_routes(app)
        app.add_api_route(TOKEN_PATH, _token, methods=["POST"])
        app.add_api_route(FAILED_LOADS_PATH, lambda: self.engine.failed_loads)
        app.add_api_route(ABOUT_PATH, lambda: self._about)


def _token() -> dict[str, str | int]:
    """Issue a token to any service account; the local BigQuery does not check it."""
    return {"access_token": "local", "token_type": "Bearer", "expires_in": 3600}


class Emulator:
    """A local BigQuery in a thread of its own, since its event loop must not be the caller's."""

    def __init__(
        self, data_dir: Path | None, port: int, about: Mapping[str, object] | None = None
    ) -> None:
        """Prepare it; `about` is what `LocalBigQuery.about` returns."""
        self._server = _Server(_settings(data_dir, port), about or {})
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bigquery", daemon=True)

    @property
    def idle_seconds(self) -> float:
        """How long ago the last statement ran."""
        return time.monotonic() - self._server.engine.last_used

    def start(self) -> str:
        """Start and return the address, once it answers."""
        self._thread.start()
        try:
            self._run(self._server.start())
        except BaseException:
            self.stop()
            raise
        return self._server.rest_url

    def stop(self) -> None:
        """Stop answering and close the database."""
        try:
            self._run(self._server.stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _run(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _settings(data_dir: Path | None, port: int) -> Settings:
    return Settings(
        rest_port=port,
        grpc_port=0,
        persistence_mode=(
            PersistenceMode.EPHEMERAL if data_dir is None else PersistenceMode.PERSISTENT
        ),
        data_dir=data_dir,
        upload_staging_dir=None if data_dir is None else data_dir / "uploads",
        # `avro` would be downloaded too; every load of ours is JSON.
        enable_format_extensions=False,
        # For time travel it copies the whole table at each load and merge; drop the copies soon.
        time_travel_retention_days=0,
        log_level=LogLevel.WARNING,
    )
