"""Consent, tokens and scopes of the stand-in for Google Health."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from clockify_sandbox.google_health import Options, build_empty, build_person, edits
from clockify_sandbox.google_health.kinds import KINDS, READ_SCOPES, SCOPE_PREFIX
from google_health_support import NOW, TODAY, Caller, calling, span

BACK = "http://127.0.0.1:8765/callback"
VERIFIER = "a-verifier-that-is-at-least-forty-three-characters-long"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
SLEEP = f"{SCOPE_PREFIX}sleep.readonly"
IDENTITY = "users/me/identity"


def _consent(caller: Caller, **query: Any) -> requests.Response:
    asked = {
        "client_id": caller.world.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": " ".join(READ_SCOPES),
        "state": "some state",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **query,
    }
    params = {name: value for name, value in asked.items() if value is not None}
    return requests.get(caller.server.auth_url, params=params, allow_redirects=False, timeout=30)


def _returned(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    target = answer.headers["location"]
    assert target.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def _exchange(caller: Caller, code: str, **form: Any) -> requests.Response:
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "refresh_token": None,
        **form,
    }
    return caller.exchange(**asked)


def _code(caller: Caller, **query: Any) -> str:
    return _returned(_consent(caller, **query))["code"]


def test_refresh() -> None:
    with calling(build_empty(now=NOW)) as caller:
        answer = caller.exchange()
        assert answer.status_code == 200
        token = answer.json()
        assert set(token) == {"access_token", "expires_in", "scope", "token_type"}
        assert (token["expires_in"], token["token_type"]) == (3599, "Bearer")
        assert set(token["scope"].split()) == set(READ_SCOPES)
        caller.token = token["access_token"]
        assert caller.get(IDENTITY)
        assert caller.exchange().json()["access_token"] != token["access_token"]
        assert caller.get(IDENTITY), "an older access token stays valid"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"refresh_token": "another"}, 400, "invalid_grant"),
        ({"refresh_token": None}, 400, "invalid_request"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"client_secret": "another"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": f"{SCOPE_PREFIX}ecg.readonly"}, 400, "invalid_scope"),
    ],
)
def test_refused_refresh(form: dict[str, Any], status: int, error: str) -> None:
    with calling(build_empty(now=NOW)) as caller:
        answer = caller.exchange(**form)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert set(answer.json()) == {"error", "error_description"}


def test_tokens_are_asked_for_with_a_form() -> None:
    with calling(build_empty(now=NOW)) as caller:
        form = {"grant_type": "refresh_token", "refresh_token": caller.world.refresh_token}
        answer = requests.post(caller.server.token_url, json=form, timeout=30)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        pair = (caller.world.client_id, caller.world.client_secret)
        answer = requests.post(caller.server.token_url, data=form, auth=pair, timeout=30)
        assert answer.status_code == 200
        assert requests.get(caller.server.token_url, timeout=30).status_code == 404


def test_access_tokens_expire() -> None:
    world = build_empty(now=NOW)
    with calling(world, Options(token_seconds=120)) as caller:
        assert caller.exchange().json()["expires_in"] == 119
        world.set_now(NOW + timedelta(seconds=119))
        assert caller.get(IDENTITY)
        world.set_now(NOW + timedelta(seconds=120))
        error = caller.refused(IDENTITY)
        assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
        caller.login()
        assert caller.get(IDENTITY)


@pytest.mark.parametrize("header", [None, "Bearer another", "Bearer ", "Basic YTpi"])
def test_no_valid_token(header: str | None) -> None:
    with calling(build_empty(now=NOW)) as caller:
        headers = {} if header is None else {"Authorization": header}
        answer = requests.get(f"{caller.server.api_url}/{IDENTITY}", headers=headers, timeout=30)
        assert answer.status_code == 401
        assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
        assert answer.headers["www-authenticate"].startswith("Bearer realm=")


def test_refresh_tokens_may_die_after_days() -> None:
    world = build_empty(now=NOW)
    with calling(world, Options(refresh_days=7)) as caller:
        world.set_now(NOW + timedelta(days=7, seconds=-1))
        assert caller.exchange().status_code == 200
        world.set_now(NOW + timedelta(days=7))
        answer = caller.exchange()
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "error": "invalid_grant",
                "error_description": "Token has been expired or revoked.",
            },
        )
        token = _exchange(caller, _code(caller)).json()
        assert token["refresh_token_expires_in"] == 7 * 86_400 - 1


def test_revoked() -> None:
    world = build_empty(now=NOW)
    with calling(world) as caller:
        code = _code(caller)
        edits.revoke(world)
        assert caller.exchange().json()["error"] == "invalid_grant"
        assert caller.refused(IDENTITY)["status"] == "UNAUTHENTICATED"
        assert _exchange(caller, code).json()["error"] == "invalid_grant"
        edits.grant(world, READ_SCOPES)
        caller.login()
        assert caller.get(IDENTITY)


def test_consent() -> None:
    with calling(build_empty(now=NOW)) as caller:
        returned = _returned(_consent(caller, scope=SLEEP))
        assert set(returned) == {"code", "state", "scope"}
        assert (returned["state"], returned["scope"]) == ("some state", SLEEP)
        answer = _exchange(caller, returned["code"])
        token = answer.json()
        assert (answer.status_code, token["scope"], token["expires_in"]) == (200, SLEEP, 3599)
        caller.token = token["access_token"]
        assert caller.points("sleep") == []
        assert caller.refused("users/me/settings")["status"] == "PERMISSION_DENIED"
        refreshed = caller.exchange(refresh_token=token["refresh_token"]).json()
        assert refreshed["scope"] == SLEEP
        assert "refresh_token" not in refreshed


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"client_id": "another"}, 401),
        ({"redirect_uri": None}, 400),
        ({"redirect_uri": "http://example.com/callback"}, 400),
        ({"response_type": "token"}, 400),
        ({"scope": None}, 400),
        ({"scope": f"{SCOPE_PREFIX}nutrition.readonly"}, 400),
        ({"code_challenge_method": "S512"}, 400),
    ],
)
def test_refused_consent(query: dict[str, Any], status: int) -> None:
    with calling(build_empty(now=NOW)) as caller:
        answer = _consent(caller, **query)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")


def test_the_person_refuses() -> None:
    with calling(build_empty(now=NOW), Options(consent="denied")) as caller:
        assert _returned(_consent(caller)) == {"error": "access_denied", "state": "some state"}


def test_the_person_ticks_fewer_scopes() -> None:
    with calling(build_empty(now=NOW), Options(consent_scopes=(SLEEP,))) as caller:
        returned = _returned(_consent(caller))
        assert returned["scope"] == SLEEP
        assert _exchange(caller, returned["code"]).json()["scope"] == SLEEP


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"code": "another"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": f"{BACK}/"}, "redirect_uri_mismatch"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": VERIFIER[::-1]}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"client_secret": "another"}, "invalid_client"),
    ],
)
def test_refused_code(form: dict[str, Any], error: str) -> None:
    with calling(build_empty(now=NOW)) as caller:
        code = _code(caller)
        answer = _exchange(caller, **{"code": code, **form})
        assert answer.status_code == (401 if error == "invalid_client" else 400)
        assert answer.json()["error"] == error
        assert _exchange(caller, code).status_code == 200, "the code was not used up"


def test_a_code_is_used_once_and_soon() -> None:
    world = build_empty(now=NOW)
    with calling(world) as caller:
        code, late = _code(caller), _code(caller)
        assert _exchange(caller, code).status_code == 200
        assert _exchange(caller, code).json()["error"] == "invalid_grant"
        world.set_now(NOW + timedelta(minutes=10))
        assert _exchange(caller, late).json()["error"] == "invalid_grant"


def test_a_challenge_may_be_plain_or_missing() -> None:
    with calling(build_empty(now=NOW)) as caller:
        plain = _code(caller, code_challenge=VERIFIER, code_challenge_method="plain")
        assert _exchange(caller, plain).status_code == 200
        without = _code(caller, code_challenge=None, code_challenge_method=None)
        assert _exchange(caller, without, code_verifier=None).status_code == 200


@pytest.mark.parametrize("new", ["prompted", "always"])
def test_when_a_code_brings_a_refresh_token(new: Any) -> None:
    with calling(build_empty(now=NOW), Options(new_refresh_token=new)) as caller:
        brings = {
            "online": {"access_type": None},
            "again": {"prompt": None},
            "prompted": {},
        }
        found = {
            name
            for name, query in brings.items()
            if "refresh_token" in _exchange(caller, _code(caller, **query)).json()
        }
    assert found == ({"prompted"} if new == "prompted" else {"prompted", "again"})


@pytest.mark.parametrize("name", sorted({kind.scope for kind in KINDS.values()}))
def test_each_scope_protects_its_data_types(name: str) -> None:
    world = build_empty(now=NOW)
    known = {kind.read_scope for kind in KINDS.values()} - {f"{SCOPE_PREFIX}nutrition.readonly"}
    edits.set_scopes(world, known - {f"{SCOPE_PREFIX}{name}.readonly"})
    with calling(world) as caller:
        for kind in KINDS.values():
            path = f"users/me/dataTypes/{kind.id}/dataPoints"
            answers = [caller.ask(path)] if kind.listed else []
            if kind.reconciled and kind.listed:
                answers.append(caller.ask(f"{path}:reconcile"))
            if kind.rollup:
                answers.append(caller.ask(f"{path}:dailyRollUp", body={"range": span(TODAY, 1)}))
            denied = kind.scope in {name, "nutrition"}
            for answer in answers:
                assert answer.status_code == (403 if denied else 200), kind.id
                if denied:
                    error = answer.json()["error"]
                    assert error["status"] == "PERMISSION_DENIED"
                    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_who_may_only_write_reads_only_what_they_wrote() -> None:
    world = build_person(now=NOW, days=5)
    edits.set_scopes(world, ["activity_and_fitness.writeonly", "sleep.writeonly"])
    families = "users/me/dataSourceFamilies"
    with calling(world) as caller:
        assert caller.points("exercise") == []
        assert caller.points("exercise", dataSourceFamily=f"{families}/self-sources") == []
        assert caller.rolled("steps", TODAY, 1) == []
        refused = [
            ("exercise/dataPoints:reconcile", {"dataSourceFamily": f"{families}/all-sources"}),
            ("sleep/dataPoints", {}),
        ]
        for path, query in refused:
            error = caller.refused(f"users/me/dataTypes/{path}", query)
            assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
        exercise = next(iter(world.exercises))
        path = f"users/me/dataTypes/exercise/dataPoints/{exercise}"
        assert caller.refused(path)["status"] == "NOT_FOUND"
        assert caller.refused(f"{path}:exportExerciseTcx")["status"] == "PERMISSION_DENIED"


def test_settings_and_identity() -> None:
    world = build_empty(now=NOW)
    edits.set_scopes(world, ["sleep.readonly"])
    with calling(world) as caller:
        assert caller.get(IDENTITY)
        for path in ("users/me/settings", "users/me/pairedDevices"):
            assert caller.refused(path)["code"] == 403
        edits.set_scopes(world, [])
        assert caller.refused(IDENTITY)["code"] == 403
    with pytest.raises(ValueError, match="no such scopes"):
        edits.set_scopes(world, ["nutrition.readonly"])
