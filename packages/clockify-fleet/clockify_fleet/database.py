"""The two tables of the fleet, in any database that SQLAlchemy knows.

Tables of the services that the fleet replaces are used as they are: columns that they lack are
added, and nothing of theirs is changed.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn, CreateIndex
from sqlalchemy.types import TypeDecorator

from clockify_fleet.errors import FleetError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Connection, Dialect

VARIABLE = "FLEET_DATABASE_URI"
DRIVERS = {
    "mysql": ("mysql+pymysql", "mysql"),
    "mariadb": ("mysql+pymysql", "mysql"),
    "postgres": ("postgresql+psycopg", "postgres"),
    "postgresql": ("postgresql+psycopg", "postgres"),
}
"""By the scheme of a URI that names no driver: the driver to use, and the extra that has it."""
BUSY_SECONDS = 30


class Instant(TypeDecorator[dt.datetime]):
    """An instant in UTC, whether or not the column knows time zones."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Keep fractions of a second where the default would drop them."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Send it without a zone; the session's is UTC."""
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Return it with its zone."""
        if value is None:
            return None
        told: dt.datetime = value
        return told.replace(tzinfo=dt.UTC) if told.tzinfo is None else told.astimezone(dt.UTC)


TABLES = MetaData()
ORGANIZATIONS = Table(
    "client_billing_config",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("organization_id", String(64), nullable=False),
    Column("source_dataset", String(1024)),
    Column("destination_dataset", String(1024)),
    Column("destination_table", Text),
    Column("last_successful_run", Instant),
    Column("created_at", Instant),
    Column("kind", String(32)),
    Column("source_project", String(128)),
    Column("destination_project", String(128)),
    Column("key_columns", Text),
    Column("replication_key", String(300)),
    Column("location", String(64)),
    Column("workspace_ids", Text),
    Column("secret", String(400)),
    Column("schedule", String(64)),
    Column("enabled", Boolean),
    Column("settings", Text),
    mysql_charset="utf8mb4",
)
JOBS = Table(
    "etl_jobs",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("organization_id", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("error_message", Text),
    Column("kind", String(32)),
    Column("destination_dataset", String(1024)),
    # Which process runs it. docs/fleet.md explains what happens when it is killed.
    Column("runner", String(255)),
    # The organisation while the job runs, then null. It is unique, so that nobody, on any machine,
    # can run an organisation twice at once.
    Column("running", String(64)),
    mysql_charset="utf8mb4",
)
Index("uq_etl_jobs_job_id", JOBS.c.job_id, unique=True)
Index("uq_etl_jobs_running", JOBS.c.running, unique=True)


def connected(uri: str | None, folder: Path) -> Engine:
    """Connect to the database, and make or complete the tables.

    Args:
        uri: SQLAlchemy's URI. Default: a file of SQLite.
        folder: Where this file is.

    Raises:
        FleetError: The URI is wrong, the database does not answer, or its tables do not fit.
    """
    if not uri:
        folder.mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{folder / 'fleet.db'}"
    engine = _engine(uri)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            _complete(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise FleetError(
            f'The database {shown} cannot be used: "{reason}". Check {VARIABLE}, and that its user'
            " may create and alter tables."
        ) from None
    return engine


def _engine(uri: str) -> Engine:
    try:
        url = make_url(uri)
    except ArgumentError:
        raise FleetError(
            f"{VARIABLE} is no address of a database. Set it to one such as"
            " postgresql://user:password@host/database"
        ) from None
    url, extra = _with_driver(url)
    try:
        engine = create_engine(url, pool_pre_ping=True, pool_size=20, **_options(url))
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        remedy = f"Install clockify-fleet[{extra}]." if extra else "Install it, or use another one."
        raise FleetError(
            f'The driver of {VARIABLE} ({url.drivername}) is missing: "{error}". {remedy}'
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _write_ahead)
    return engine


def _with_driver(url: URL) -> tuple[URL, str | None]:
    if url.drivername in DRIVERS:
        driver, extra = DRIVERS[url.drivername]
        return url.set(drivername=driver), extra
    family = url.drivername.partition("+")[0]
    return url, DRIVERS.get(family, (None, None))[1]


def _options(url: URL) -> dict[str, Any]:
    match url.get_backend_name():
        case "sqlite":
            return {"connect_args": {"timeout": BUSY_SECONDS}}
        case "postgresql":
            return {"connect_args": {"options": "-c timezone=utc"}}
        case "mysql" | "mariadb":
            return {"connect_args": {"init_command": "SET time_zone = '+00:00'"}}
        case _:
            return {}


def _write_ahead(connection: Any, _record: object) -> None:
    """Let readers and a writer of SQLite not wait for each other."""
    connection.execute("PRAGMA journal_mode=WAL")


def _complete(connection: Connection) -> None:
    TABLES.create_all(connection)
    seen = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for table in TABLES.sorted_tables:
        there = {column["name"] for column in seen.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                declared = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {declared}"))
        indexes = {index["name"] for index in seen.get_indexes(table.name)}
        unique = [set(index["column_names"]) for index in seen.get_indexes(table.name)]
        unique += [set(each["column_names"]) for each in seen.get_unique_constraints(table.name)]
        for index in table.indexes:
            names = {column.name for column in index.columns}
            if index.name not in indexes and names not in unique:
                connection.execute(CreateIndex(index))
