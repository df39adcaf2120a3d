"""Tokens are replaced without a lost run; what only the person can correct is a sentence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import edits
from clockify_sandbox.google_health.kinds import READ_SCOPES
from fitbit_histories import difference, runs_of
from singer_ledger.errors import ExtractError
from tap_fitbit.tokens import DEAD

if TYPE_CHECKING:
    from clockify_sandbox.google_health import Server, World
    from ledger_runs import Runs


def tokens(server: Server) -> int:
    """Count the requests for a token."""
    return sum(seen.path.endswith("/token") for seen in server.requests)


def test_a_run_takes_one_token(runs: Runs, server: Server) -> None:
    runs.run()
    assert tokens(server) == 1


def expire_tokens(world: World) -> None:
    """Let no access token be valid any more."""
    world.access_tokens.clear()


@pytest.mark.parametrize("every", [1, 5])
def test_a_token_that_is_refused_is_replaced_within_the_run(
    runs: Runs, server: Server, world: World, every: int
) -> None:
    for after in range(every, 60, every + 1):
        server.faults.call(partial(expire_tokens, world), match="/v4/", after=after)
    runs.run()
    assert difference(runs, world) == []
    assert tokens(server) > 5


def test_a_new_token_that_is_refused_ends_the_run(runs: Runs, server: Server) -> None:
    server.faults.add("status", match="/v4/", status=401, times=None)
    with pytest.raises(ExtractError, match=r"status 401.*Run tap-fitbit authorize"):
        runs.run()
    assert tokens(server) == 2


@pytest.mark.parametrize("fault", ["429", "5xx", "malformed", "empty", "reset", "truncated"])
def test_the_token_endpoint_is_asked_again(
    runs: Runs, server: Server, world: World, fault: str
) -> None:
    server.faults.add(fault, match="/token", times=2)
    runs.run()
    assert tokens(server) == 3
    assert difference(runs, world) == []


def test_a_dead_token_endpoint_is_a_sentence(runs: Runs, server: Server) -> None:
    server.faults.add("5xx", match="/token", status=500, times=None)
    with pytest.raises(ExtractError, match=r"No access token can be had.*status 500.*8 times"):
        runs.run()


def test_a_dead_consent_says_why_and_what_to_do(runs: Runs, world: World) -> None:
    edits.revoke(world)
    with pytest.raises(ExtractError) as raised:
        runs.run()
    assert str(raised.value) == DEAD
    for reason in ("7 days", "6 months", "withdraws", "101st", "tap-fitbit authorize"):
        assert reason in DEAD


@pytest.mark.parametrize("setting", ["client_id", "client_secret"])
def test_a_wrong_client_is_a_sentence(server: Server, setting: str) -> None:
    with pytest.raises(ExtractError, match=r"does not know the OAuth client.*client_secret"):
        runs_of(server, **{setting: "hunter2-hunter2"}).run()


@pytest.mark.parametrize("scope", [name for name in READ_SCOPES if "settings" not in name])
def test_a_missing_scope_is_named(runs: Runs, world: World, scope: str) -> None:
    runs.run()
    edits.set_scopes(world, set(READ_SCOPES) - {scope})
    if "location" in scope:  # asked for only if an exercise is new
        edits.add_exercise(world, heart_rate=99)
    name = scope.rpartition("auth/")[2]
    with pytest.raises(ExtractError, match=f"needs the scope {name}.*tap-fitbit authorize"):
        runs.run()
    for table in ("activity", "sleep", "weight", "activity_detail"):
        assert runs.gone(table) == []


def test_without_the_settings_scope_the_sentence_names_it(runs: Runs, world: World) -> None:
    edits.set_scopes(world, [name for name in READ_SCOPES if "settings" not in name])
    with pytest.raises(ExtractError, match=r"needs the scope googlehealth\.settings\.readonly"):
        runs.run()


def test_another_person_stops_the_run(runs: Runs, world: World) -> None:
    runs.run()
    world.legacy_user_id = "OTHER1"
    with pytest.raises(ExtractError, match=r"belongs to somebody else.*accept_changed_view"):
        runs.run()
    assert runs.gone("sleep") == []


def test_the_id_is_googles_if_there_is_none_of_fitbit(runs: Runs, world: World) -> None:
    world.legacy_user_id = ""
    runs.run()
    assert {row["user_id"] for row in runs.live("weight")} == {world.health_user_id}


def test_fitbits_own_api_is_gone(server: Server) -> None:
    old = server.api_url.replace("/v4", "/fitbit")
    with pytest.raises(ExtractError, match=r"status 410.*ended on 2026-11-02"):
        runs_of(server, api_url=old).run()


@pytest.mark.parametrize("setting", ["api_url", "token_url"])
@pytest.mark.parametrize("address", ["http://example.org/v4", "https://ada:x@example.org", "ftp:x"])
def test_secrets_are_not_sent_to_unsafe_addresses(
    server: Server, setting: str, address: str
) -> None:
    settings: dict[str, Any] = {setting: address}
    with pytest.raises(ExtractError, match=f"{setting} must be an https:// address"):
        runs_of(server, **settings).run()


def test_no_secret_is_in_what_a_run_writes(
    runs: Runs, server: Server, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.call(partial(expire_tokens, world), match="/v4/", after=5)
    messages = runs.run()
    written = f"{messages} {caplog.text}"
    assert world.client_secret not in written
    assert world.refresh_token not in written
    assert "ya29." not in written
