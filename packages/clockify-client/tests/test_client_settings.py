"""The settings of every program that talks to Clockify: declared, tidied, checked, connected."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
import responses
from client_support import CORE, LOGGER, TARGET, connected, connection, declared, defaults
from clockify_client.advice import ADVICE
from clockify_client.hosts import Hosts
from clockify_client.http.errors import RequestError
from clockify_client.http.limits import RUN, BudgetSpentError
from clockify_client.settings import (
    BOUNDS,
    connect,
    connection_settings,
    host_mistakes,
    number_mistakes,
    secret_mistakes,
    tidied,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


# Declaration


def test_settings_are_declared_under_their_names() -> None:
    assert list(connection_settings(TARGET)) == list(declared())
    assert declared().keys() == {
        *("api_key", "addon_token", "region", "subdomain"),
        *("api_url", "reports_url", "audit_log_url"),
        *("requests_per_second", "requests_per_hour", "when_budget_spent", "concurrency"),
        "user_agent",
    }


def test_defaults() -> None:
    assert defaults() == {
        "region": "global",
        "requests_per_second": 50,
        "when_budget_spent": "wait",
        "concurrency": 16,
    }


def test_secrets_are_secret() -> None:
    secret = {name for name, item in declared().items() if item.get("secret")}
    assert secret == {"api_key", "addon_token"}


def test_descriptions_name_the_program_and_the_owner_of_the_key() -> None:
    assert declared()["api_key"]["description"].endswith(
        " is required. The key's owner must be an admin."
    )
    assert declared()["user_agent"]["description"].endswith("Default: target-clockify/VERSION.")


# Tidying


@pytest.mark.parametrize("value", ["", "  ", "\n", None])
def test_blank_counts_as_missing(value: str | None) -> None:
    assert tidied({"region": value, "requests_per_hour": value}, BOUNDS) == {}


def test_blanks_around_a_value_are_ignored() -> None:
    assert tidied({"api_key": " key\n", "others": [" a "]}, BOUNDS) == {
        "api_key": "key",
        "others": [" a "],
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [("30", 30), (" 30 ", 30), ("2.5", 2.5), ("0", 0), ("many", "many")],
)
def test_text_of_a_number_is_parsed(text: str, number: object) -> None:
    tidy = tidied({"requests_per_second": text, "subdomain": text}, BOUNDS)
    assert tidy == {"requests_per_second": number, "subdomain": text.strip()}
    assert type(tidy["requests_per_second"]) is type(number)


def test_program_has_numbers_of_its_own() -> None:
    assert tidied({"days": "7", "hours": "7"}, {**BOUNDS, "days": (0, 9)}) == {
        "days": 7,
        "hours": "7",
    }


# Checks


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"api_key": "key"}, []),
        ({"addon_token": "token"}, []),
        (
            {},
            [
                "api_key is missing: set TARGET_CLOCKIFY_API_KEY (or the setting api_key) to a key"
                " from Preferences > Advanced in Clockify, or set addon_token."
            ],
        ),
        (
            {"api_key": "key", "addon_token": "token"},
            ["api_key and addon_token are both set, but Clockify accepts only one: remove one."],
        ),
        (
            {"addon_token": "with\nbreak"},
            ["addon_token contains spaces or other characters that no key has: copy it again."],
        ),
    ],
)
def test_exactly_one_usable_secret_is_needed(config: dict[str, str], found: list[str]) -> None:
    assert secret_mistakes(config, TARGET) == found


@pytest.mark.parametrize("subdomain", ["https://acme.clockify.me", "-acme", "a.b", "acme/"])
def test_subdomain_is_a_label(subdomain: str) -> None:
    assert host_mistakes({"subdomain": "acme-2"}, TARGET) == []
    assert host_mistakes({"subdomain": subdomain}, TARGET) == [
        f"subdomain: {subdomain!r} is not a subdomain; for https://acme.clockify.me it is acme."
    ]


@pytest.mark.parametrize("name", ["api_url", "reports_url", "audit_log_url"])
def test_every_url_is_checked(name: str) -> None:
    assert host_mistakes({name: "https://api.clockify.me/api/v1"}, TARGET) == []
    assert host_mistakes({name: "https://me:hunter2@api.clockify.me"}, TARGET) == [
        f"{name}: the URL contains a user name or a password, which logs and errors would show;"
        " remove it. The target authenticates only with api_key or addon_token."
    ]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"requests_per_second": 0.001, "requests_per_hour": 1, "concurrency": 64}, []),
        ({"requests_per_second": 0}, ["requests_per_second: 0 is not between 0.001 and 1000."]),
        ({"requests_per_hour": 0}, ["requests_per_hour: 0 is not between 1 and 1000000."]),
        ({"concurrency": 65}, ["concurrency: 65 is not between 1 and 64."]),
        ({"concurrency": None, "region": 0}, []),
    ],
    ids=str,
)
def test_numbers_have_bounds(config: dict[str, Any], found: list[str]) -> None:
    assert number_mistakes(config, BOUNDS) == found


# The connection


def test_secret_goes_into_its_own_header_and_into_no_text() -> None:
    by_key = connection(api_key="secret-key")
    by_token = connection(api_key=None, addon_token="secret-token")
    assert by_key.auth_header == ("X-Api-Key", "secret-key")
    assert by_token.auth_header == ("X-Addon-Token", "secret-token")
    assert "secret" not in f"{by_key!r}{by_token!r}"


def test_hosts_come_from_the_settings() -> None:
    given = {"region": "euc1", "subdomain": "acme", "audit_log_url": "https://log.example.org"}
    assert connection(api_url=None, **given).hosts == Hosts(
        core="https://euc1.clockify.me/api/v1",
        reports="https://acme.clockify.me/report/v1",
        audit_log="https://log.example.org/v1",
    )
    given = {"api_url": "https://a.example.org/x", "reports_url": "https://b.example.org/y"}
    assert connection(**given).hosts == Hosts(
        core="https://a.example.org/x",
        reports="https://b.example.org/y",
        audit_log="https://a.example.org/x/auditlog/v1",
    )


def test_limits_come_from_the_settings() -> None:
    default = connection(**defaults())
    assert (default.requests_per_second, default.requests_per_hour) == (50.0, None)
    assert (default.concurrency, default.stop_when_spent) == (16, False)
    own = connection(
        requests_per_second=2, requests_per_hour=30, concurrency=3, when_budget_spent="stop"
    )
    assert (own.requests_per_second, own.requests_per_hour) == (2.0, 30)
    assert (own.concurrency, own.stop_when_spent) == (3, True)


# The client


@pytest.fixture
def clockify() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as clockify:
        yield clockify


@pytest.mark.parametrize(("own", "sent"), [("us/2", "us/2"), (None, "target-clockify/1")])
def test_request_names_the_program(
    clockify: responses.RequestsMock, own: str | None, sent: str
) -> None:
    clockify.get(f"{CORE}/user", json={"id": "u"})
    assert connected(user_agent=own).get("/user").body
    assert clockify.calls[0].request.headers["User-Agent"] == sent
    assert clockify.calls[0].request.headers["X-Api-Key"] == "key"


def test_spent_budget_stops_the_client_if_it_is_told_to(clockify: responses.RequestsMock) -> None:
    clockify.get(f"{CORE}/user", json={})
    client = connected(when_budget_spent="stop")
    client.session.limits.limit_hour(RUN, 1)
    client.get("/user")
    with pytest.raises(BudgetSpentError):
        client.get("/user")


def test_client_keeps_the_pace_and_the_number_of_connections() -> None:
    client = connected(requests_per_second=7, concurrency=3)
    assert client.session.limits._ceiling == 7
    assert client.session._adapter._pool_maxsize == 3


def test_limit_of_an_hour_is_left_to_the_program() -> None:
    """It may know of requests that earlier runs have made in the hour."""
    assert connected(requests_per_hour=30).session.limits.left() is None


def test_errors_carry_advice(clockify: responses.RequestsMock) -> None:
    clockify.get(f"{CORE}/user", status=402)
    with pytest.raises(RequestError, match="plan does not include this"):
        connected().get("/user")


def test_program_may_advise_otherwise(clockify: responses.RequestsMock) -> None:
    clockify.get(f"{CORE}/user", status=402)
    advice = dataclasses.replace(ADVICE, by_status={402: "Ask the owner."})
    client = connect(
        connection(), user_agent="x", logger=LOGGER, metrics_logger=LOGGER, advice=advice
    )
    with pytest.raises(RequestError, match=r"Ask the owner\.$"):
        client.get("/user")
