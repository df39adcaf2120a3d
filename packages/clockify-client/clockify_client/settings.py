"""The settings that every program has that talks to Clockify, and the client made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.configuration._dict_config import parse_environment_config

from clockify_client.advice import ADVICE, UNREACHABLE_HERE
from clockify_client.client import ClockifyClient
from clockify_client.hosts import REGIONS, Hosts, hosts_for, url_mistake
from clockify_client.http.limits import RateLimits
from clockify_client.http.session import Session

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Mapping

    from clockify_client.http.errors import Advice

SECRET = re.compile(r"[\x21-\x7e]+")
SUBDOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")

REQUESTS_PER_SECOND = 50
CONCURRENCY = 16

BOUNDS = {
    "requests_per_second": (0.001, 1000),
    "requests_per_hour": (1, 1_000_000),
    "concurrency": (1, 64),
}
"""Smallest and largest values of the numeric settings."""


@dataclass(frozen=True)
class Program:
    """A program that talks to Clockify, as its settings and messages name it.

    Attributes:
        name: Its command, such as tap-clockify.
        key_owner: A sentence that says what the owner of the key must be allowed to do.
    """

    name: str
    key_owner: str

    @property
    def kind(self) -> str:
        """What it is: a tap or a target."""
        return self.name.partition("-")[0]

    @property
    def key_variable(self) -> str:
        """The environment variable from which the SDK reads the setting api_key."""
        return f"{self.name.upper().replace('-', '_')}_API_KEY"


def connection_settings(program: Program) -> dict[str, th.Property[Any]]:
    """Declare the settings, by name, so that a program can put its own between them."""
    declared = (*_key_settings(program), *_host_settings(), *_limit_settings())
    user_agent = th.Property[Any](
        "user_agent",
        th.StringType,
        title="User agent",
        description=f"User-Agent header of the requests. Default: {program.name}/VERSION.",
    )
    return {item.name: item for item in (*declared, user_agent)}


def _key_settings(program: Program) -> tuple[th.Property[Any], ...]:
    return (
        th.Property(
            "api_key",
            th.StringType,
            secret=True,
            title="API key",
            description=(
                "Personal API key, from Preferences > Advanced in Clockify. Sent as X-Api-Key."
                f" Exactly one of api_key and addon_token is required. {program.key_owner}"
            ),
        ),
        th.Property(
            "addon_token",
            th.StringType,
            secret=True,
            title="Add-on token",
            description="Token of a Clockify add-on, instead of api_key. Sent as X-Addon-Token.",
        ),
    )


def _host_settings() -> tuple[th.Property[Any], ...]:
    return (
        th.Property(
            "region",
            th.StringType,
            default="global",
            allowed_values=list(REGIONS),
            title="Data region",
            description="Data region of the workspaces; determines the hosts.",
        ),
        th.Property(
            "subdomain",
            th.StringType,
            title="Subdomain",
            description=(
                "Subdomain of the workspace, without .clockify.me; determines the host of the"
                " reports. Such a workspace needs a key created on the subdomain."
            ),
        ),
        th.Property(
            "api_url",
            th.StringType,
            title="API URL",
            description="Base URL of the core API. Default: derived from region.",
        ),
        th.Property(
            "reports_url",
            th.StringType,
            title="Reports URL",
            description=(
                "Base URL of the reports API. Default: derived from subdomain, api_url or region."
            ),
        ),
        th.Property(
            "audit_log_url",
            th.StringType,
            title="Audit log URL",
            description=(
                "Base URL of the audit log's API. Default: derived from api_url or region."
            ),
        ),
    )


def _limit_settings() -> tuple[th.Property[Any], ...]:
    return (
        th.Property(
            "requests_per_second",
            th.NumberType,
            default=REQUESTS_PER_SECOND,
            title="Requests per second",
            description="Maximum requests per second, shared by all streams and workspaces.",
        ),
        th.Property(
            "requests_per_hour",
            th.IntegerType,
            title="Requests per hour",
            description=(
                "Maximum requests per hour. Default: 30 on the Free plan, otherwise no limit."
            ),
        ),
        th.Property(
            "when_budget_spent",
            th.StringType,
            default="wait",
            allowed_values=["wait", "stop"],
            title="When the budget is spent",
            description=(
                "What to do when the requests of an hour are used up: wait for the next hour, or"
                " stop, so that the next run continues from there."
            ),
        ),
        th.Property(
            "concurrency",
            th.IntegerType,
            default=CONCURRENCY,
            title="Concurrency",
            description="Maximum number of concurrent requests, within the limits above.",
        ),
    )


def tidied(config: Mapping[str, Any], numbers: Collection[str]) -> dict[str, Any]:
    """Normalize a configuration before it is validated.

    Environment variables cannot express a missing value or a number: an empty string counts as
    missing, and a number may be a string.

    Args:
        config: The configuration.
        numbers: The names of the numeric settings.
    """
    tidy: dict[str, Any] = {}
    for name, value in config.items():
        kept = value.strip() if isinstance(value, str) else value
        if kept not in ("", None):
            tidy[name] = kept
    for name in numbers:
        if isinstance(tidy.get(name), str):
            tidy[name] = _number(tidy[name])
    return tidy


def _number(text: str) -> int | float | str:
    """Parse a number in an environment variable; validation rejects any other text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def from_environment(
    schema: Mapping[str, Any], prefix: str, texts: Collection[str]
) -> dict[str, Any]:
    """Read settings from environment variables.

    Args:
        schema: The declaration of the settings.
        prefix: How the variables begin.
        texts: Settings to leave as text, to be parsed by the program.
    """
    as_text = {name: {"type": "string"} for name in texts}
    properties = {**schema["properties"], **as_text}
    return dict(parse_environment_config({"properties": properties}, prefix))


def secret_mistakes(config: Mapping[str, Any], program: Program) -> list[str]:
    """Say what to do if there is not exactly one key or token, or if it cannot be one."""
    given = [name for name in ("api_key", "addon_token") if config.get(name)]
    if not given:
        return [
            f"api_key is missing: set {program.key_variable} (or the setting api_key) to a key from"
            " Preferences > Advanced in Clockify, or set addon_token."
        ]
    if len(given) > 1:
        return ["api_key and addon_token are both set, but Clockify accepts only one: remove one."]
    if not SECRET.fullmatch(str(config[given[0]])):
        return [f"{given[0]} contains spaces or other characters that no key has: copy it again."]
    return []


def host_mistakes(config: Mapping[str, Any], program: Program) -> list[str]:
    """Describe every setting of a host whose value cannot work, and say what to do."""
    found = []
    subdomain = config.get("subdomain")
    if subdomain and not SUBDOMAIN.fullmatch(str(subdomain)):
        found.append(
            f"subdomain: {subdomain!r} is not a subdomain; for https://acme.clockify.me it is acme."
        )
    for name in ("api_url", "reports_url", "audit_log_url"):
        mistake = url_mistake(str(config[name]), program.kind) if config.get(name) else None
        if mistake:
            found.append(f"{name}: {mistake}")
    return found


def number_mistakes(
    config: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]]
) -> list[str]:
    """Describe every number that is not between its bounds."""
    return [
        f"{name}: {config[name]} is not between {least} and {greatest}."
        for name, (least, greatest) in bounds.items()
        # A fraction in a file is a Decimal.
        if isinstance(config.get(name), int | float | Decimal)
        and not least <= config[name] <= greatest
    ]


@dataclass(frozen=True)
class Connection:
    """How to talk to Clockify, from settings that are normalized, validated and have defaults.

    Attributes:
        auth_header: Name and value of the header that holds the key or the token.
        hosts: The base URLs.
        user_agent: The header User-Agent; None for the program's own.
        stop_when_spent: Whether ``when_budget_spent`` is ``stop``.
        is_hurried: Whether to give up after seconds, and never to wait for the next hour.
    """

    auth_header: tuple[str, str] = field(repr=False)
    hosts: Hosts
    user_agent: str | None
    requests_per_second: float
    requests_per_hour: int | None
    stop_when_spent: bool
    concurrency: int
    is_hurried: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Connection:
        """Take the settings from the configuration of a program."""
        key = config.get("api_key")
        return cls(
            auth_header=("X-Api-Key", key) if key else ("X-Addon-Token", config["addon_token"]),
            hosts=hosts_for(
                region=config.get("region"),
                subdomain=config.get("subdomain"),
                api_url=config.get("api_url"),
                reports_url=config.get("reports_url"),
                audit_log_url=config.get("audit_log_url"),
            ),
            user_agent=config.get("user_agent"),
            requests_per_second=float(config["requests_per_second"]),
            requests_per_hour=config.get("requests_per_hour"),
            stop_when_spent=config["when_budget_spent"] == "stop",
            concurrency=config["concurrency"],
        )


def connect(
    connection: Connection,
    *,
    user_agent: str,
    logger: logging.Logger,
    metrics_logger: logging.Logger,
    advice: Advice = ADVICE,
) -> ClockifyClient:
    """Make a client without sending a request.

    The client keeps the limit per second. Limits per hour are left to the program, which may know
    how many requests earlier runs have made in the hour: see ``RateLimits.limit_hour``.

    Args:
        connection: The settings.
        user_agent: The header User-Agent, unless a setting replaces it.
        logger: Where waits and retries are logged.
        metrics_logger: Where the duration of every request is logged.
        advice: What to tell the user about failed requests.
    """
    if connection.hosts.are_on_this_machine:
        advice = replace(advice, unreachable=UNREACHABLE_HERE)
    limits = RateLimits(
        per_second=connection.requests_per_second,
        stop_when_spent=connection.stop_when_spent or connection.is_hurried,
        logger=logger,
    )
    session = Session(
        auth_header=connection.auth_header,
        user_agent=connection.user_agent or user_agent,
        limits=limits,
        advice=advice,
        logger=logger,
        metrics_logger=metrics_logger,
        concurrency=connection.concurrency,
        is_hurried=connection.is_hurried,
    )
    return ClockifyClient(connection.hosts, session)
