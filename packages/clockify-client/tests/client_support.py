"""What the client's tests share: a fixed time, and a client as a program makes it."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from clockify_client.settings import Connection, Program, connect, connection_settings
from singer_sdk import typing as th

if TYPE_CHECKING:
    from clockify_client.client import ClockifyClient

NOW = dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
CORE = "http://127.0.0.1:1/api/v1"
LOGGER = logging.getLogger("test_client")
TARGET = Program("target-clockify", key_owner="The key's owner must be an admin.")


def declared() -> dict[str, Any]:
    properties = connection_settings(TARGET).values()
    return dict(th.PropertiesList(*properties).to_dict()["properties"])


def defaults() -> dict[str, Any]:
    return {name: item["default"] for name, item in declared().items() if "default" in item}


def connection(**config: Any) -> Connection:
    given = {"api_key": "key", "api_url": CORE, "requests_per_second": 1000, **config}
    return Connection.from_config({**defaults(), **given})


def connected(**config: Any) -> ClockifyClient:
    return connect(
        connection(**config),
        user_agent="target-clockify/1",
        logger=LOGGER,
        metrics_logger=LOGGER,
    )
