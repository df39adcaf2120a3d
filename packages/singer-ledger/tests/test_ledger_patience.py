"""Requests: waits, errors as sentences, no redirects, no secrets."""

from __future__ import annotations

import datetime as dt
import email.utils
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from notes_tap import KEY, URL, Notes, NotesTap
from singer_ledger.errors import ExtractError, RefusedError
from singer_ledger.patient import TRIES

if TYPE_CHECKING:
    from pathlib import Path

GET = responses.GET


@pytest.fixture
def stream() -> Notes:
    return Notes(NotesTap(config={"api_key": KEY}))


def in_seconds(seconds: float) -> str:
    return email.utils.format_datetime(
        dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds), usegmt=True
    )


@pytest.mark.parametrize(
    ("answer", "low", "high"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7, 7),
        ({"status": 503, "headers": {"Retry-After": "0.5"}}, 0.5, 0.5),
        ({"status": 429, "json": {"retry_after": 9}}, 9, 9),
        ({"status": 502, "json": {"retry_after": "4"}}, 4, 4),
        ({"status": 429, "headers": {"Retry-After": "soon"}}, 1, 1),
        ({"status": 429, "headers": {"Retry-After": "nan"}}, 1, 1),
        ({"status": 429, "json": ["retry_after"]}, 1, 1),
        ({"status": 500}, 1, 1),
        ({"status": 200, "body": '{"broken": '}, 1, 1),
        ({"status": 200, "body": "<html>busy</html>"}, 1, 1),
        ({"body": requests.ConnectionError("reset")}, 1, 1),
    ],
)
def test_it_waits_as_long_as_the_service_asks(
    mock: responses.RequestsMock,
    stream: Notes,
    waits: list[float],
    answer: dict[str, Any],
    low: float,
    high: float,
) -> None:
    mock.add(GET, f"{URL}/x", **answer)
    mock.add(GET, f"{URL}/x", json={"fine": True})
    assert stream.ask("/x") == {"fine": True}
    (waited,) = waits
    assert low <= waited <= high


@pytest.mark.parametrize(("asked", "low", "high"), [(3000, 2900, 3000), (-30, 0, 0)])
def test_it_waits_until_an_instant(
    mock: responses.RequestsMock,
    stream: Notes,
    waits: list[float],
    asked: float,
    low: float,
    high: float,
) -> None:
    mock.add(GET, f"{URL}/x", status=429, headers={"Retry-After": in_seconds(asked)})
    mock.add(GET, f"{URL}/x", json=[])
    stream.ask("/x")
    (waited,) = waits
    assert low <= waited <= high


def test_waits_double_and_end(
    mock: responses.RequestsMock, stream: Notes, waits: list[float]
) -> None:
    mock.add(GET, f"{URL}/x", status=500)
    with pytest.raises(ExtractError, match=r"answered /x with status 500\. Tried 8 times"):
        stream.ask("/x")
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert len(mock.calls) == TRIES


def test_a_service_that_asks_for_more_than_an_hour_ends_the_run(
    mock: responses.RequestsMock, stream: Notes, waits: list[float]
) -> None:
    mock.add(GET, f"{URL}/x", status=429, headers={"Retry-After": "7200"})
    with pytest.raises(ExtractError, match=r"It asks to wait 7200 s\. Run again after that\."):
        stream.ask("/x")
    assert waits == []


def test_a_redirect_is_not_followed(mock: responses.RequestsMock, stream: Notes) -> None:
    mock.add(GET, f"{URL}/x", status=302, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(RefusedError, match=r"a redirect, which is not followed.*Check api_url"):
        stream.ask("/x")
    assert len(mock.calls) == 1


def test_a_refusal_quotes_the_service_without_secrets_and_is_not_tried_again(
    mock: responses.RequestsMock, stream: Notes
) -> None:
    mock.add(GET, f"{URL}/x", status=403, body=f"no,\n {KEY} may not {'x' * 500}")
    with pytest.raises(RefusedError) as raised:
        stream.ask("/x", {"person": "ada@example.org"})
    said = str(raised.value)
    assert said.startswith('Notes refuses /x with status 403: "no, *** may not xxx')
    assert len(said) < 300
    assert KEY not in said
    assert "ada" not in said
    assert raised.value.status == 403
    assert len(mock.calls) == 1


def test_no_answer_at_all_is_a_sentence(mock: responses.RequestsMock, stream: Notes) -> None:
    mock.add(GET, f"{URL}/x", body=requests.ConnectTimeout(f"{URL}/x?key={KEY}"))
    with pytest.raises(ExtractError, match=r"does not answer /x \(ConnectTimeout\).*network") as it:
        stream.ask("/x")
    assert KEY not in str(it.value)


def test_warnings_name_the_next_try(
    mock: responses.RequestsMock, stream: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    mock.add(GET, f"{URL}/x", status=429, headers={"Retry-After": "7"})
    mock.add(GET, f"{URL}/x", json=[])
    stream.ask("/x")
    assert "Notes answered /x with status 429. Waiting 7 s before try 2." in caplog.text


def test_an_error_is_logged_once_a_try_without_the_query(
    mock: responses.RequestsMock, stream: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    mock.add(GET, f"{URL}/x", body=requests.ConnectionError(f"{URL}/x?person=ada"))
    with pytest.raises(ExtractError):
        stream.ask("/x", {"person": "ada"})
    said = [each.getMessage() for each in caplog.records if "METRIC" not in each.getMessage()]
    assert len(said) == TRIES - 1
    assert "ada" not in str(said)


def test_a_body_makes_a_post(mock: responses.RequestsMock, stream: Notes) -> None:
    mock.add(
        responses.POST,
        f"{URL}/x",
        json=[],
        match=[responses.matchers.json_params_matcher({"days": 3})],
    )
    assert stream.ask("/x", body={"days": 3}) == []


def test_text_is_not_read_as_json(mock: responses.RequestsMock, stream: Notes) -> None:
    mock.add(GET, f"{URL}/x", body="<xml/>")
    assert stream.ask("/x", as_json=False) == "<xml/>"


def test_a_netrc_is_not_sent(
    mock: responses.RequestsMock,
    stream: Notes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine notes.example login ada password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    mock.add(GET, f"{URL}/x", json=[])
    stream.ask("/x")
    assert "Authorization" not in mock.calls[0].request.headers
