"""Messages to people, keys from Secret Manager, and the lines of children."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from clockify_fleet.alerts import Alerts, message
from clockify_fleet.errors import FleetError
from clockify_fleet.fleet import Fleet, Options
from clockify_fleet.lines import Line
from clockify_fleet.organizations import Unusable
from clockify_fleet.runner import Outcome
from clockify_fleet.secrets import key_of
from fleet_support import Bench, organization_of
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import secretmanager

if TYPE_CHECKING:
    from collections.abc import Iterator


# Apprise imports it where Python still has it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Receiver:
    """A server that keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        """Take a free port."""
        self.bodies: list[Any] = []
        self.paths: list[str] = []
        self.answer: tuple[int, Any] = (200, {})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.bodies.append(json.loads(self.rfile.read(length) or b"null"))
                outer.paths.append(self.path)
                status, body = outer.answer
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            do_GET = do_POST = _serve  # noqa: N815 -- the server's names

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_one_message_for_each_run_and_one_when_it_recovers(
    bench: Bench, receiver: Receiver
) -> None:
    alerts = Alerts.of({"FLEET_ALERT_URLS": f"json://127.0.0.1:{receiver.port}/hidden, "})
    fleet = bench.fleet
    bench.fleet = Fleet(fleet.project, fleet.jobs, fleet.events, alerts)
    acme, globex = bench.plan("acme"), bench.plan("globex", fails=2, reason="The key is revoked.")
    wrong = bench.plan("wrong", fails=2, reason="It is full.")

    for _ in range(4):
        bench.run(acme, globex, wrong, retries=0)
        wrong = bench.plan("wrong")

    first, second, third = receiver.bodies
    assert first["title"] == "clockify-fleet: 2 of 3 organisations failed"
    assert "globex (job " in first["message"]
    assert "The key is revoked." in first["message"]
    assert "It is full." in first["message"]
    assert "clockify-fleet run globex wrong" in first["message"]
    assert second["title"] == "clockify-fleet: 1 of 3 organisations failed"
    assert "Recovered: wrong" in second["message"]
    assert third["title"] == "clockify-fleet: 1 recovered"
    assert third["message"] == "Recovered: globex"


def test_a_message_that_cannot_be_sent_fails_nothing(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = (500, {})
    alerts = Alerts.of({"FLEET_ALERT_URLS": f"json://127.0.0.1:{receiver.port}/hidden"})
    alerts.send("title", "text", bench.fleet.events)

    (event,) = bench.log
    assert event["severity"] == "ERROR"
    assert "hidden" not in event["message"]


def test_nobody_is_told_of_a_run_without_a_failure() -> None:
    assert message([Outcome("acme", "1")], []) is None


def test_an_organisation_that_is_configured_wrongly_fails_alone(bench: Bench) -> None:
    acme = bench.plan("acme")
    outcomes = bench.fleet.run([acme, Unusable("wrong", "Its row is wrong.")], Options(retries=0))

    assert {each.organization_id: each.error for each in outcomes} == {
        "acme": None,
        "wrong": "Its row is wrong.",
    }
    assert bench.statuses() == {"acme": "SUCCESS", "wrong": "FAILED"}


@pytest.fixture
def secret_manager(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Let Google's client ask the receiver."""
    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{receiver.port}")
    client = partial(
        secretmanager.SecretManagerServiceClient,
        client_options=options,
        credentials=AnonymousCredentials(),
    )
    monkeypatch.setattr(secretmanager, "SecretManagerServiceClient", client)
    return receiver


def test_a_key_comes_from_secret_manager_unless_a_variable_has_it(
    secret_manager: Receiver,
) -> None:
    secret_manager.answer = (200, {"payload": {"data": "dGhlIGtleQ=="}})
    variables = {"FLEET_SECRET_PROJECT": "vault"}

    assert key_of(organization_of("acme-gmbh"), variables) == "the key"
    assert key_of(organization_of("acme", secret="other"), {"GCP_PROJECT_ID": "p"}) == "the key"
    assert key_of(organization_of("acme"), {**variables, "CLOCKIFY_API_KEY__ACME": "own"}) == "own"

    assert [path.partition("?")[0] for path in secret_manager.paths] == [
        "/v1/projects/vault/secrets/clockify-api-key-acme-gmbh/versions/latest:access",
        "/v1/projects/p/secrets/other/versions/latest:access",
    ]


def test_a_secret_that_is_not_given_is_a_sentence(secret_manager: Receiver) -> None:
    secret_manager.answer = (403, {"error": {"message": "hidden", "code": 403}})
    acme = organization_of("acme")

    with pytest.raises(FleetError, match=r"secretmanager\.secretAccessor") as refused:
        key_of(acme, {"FLEET_SECRET_PROJECT": "vault"})
    assert "hidden" not in str(refused.value)
    with pytest.raises(FleetError, match="Set FLEET_SECRET_PROJECT"):
        key_of(organization_of("acme", secret="other"), {})


def test_lines_of_children_become_events() -> None:
    tap = {"cmd_type": "extractor", "name": "tap-clockify"}
    assert Line.parse(json.dumps({"severity": "ERROR", "message": " no ", **tap})) == Line(
        "ERROR", "no", "tap-clockify", is_cause=True
    )
    told = {"info": {"level": "warn", "msg": "Careful"}, "data": {}}
    assert Line.parse(json.dumps(told)) == Line("WARNING", "Careful", "dbt")
    told = {"info": {"level": "error", "msg": "Encountered an error:\nNo:\n  it is\n  > in a"}}
    assert Line.parse(json.dumps(told)) == Line("ERROR", "No: it is", "dbt", is_cause=True)
    assert Line.parse('{"info": {"level": "info", "msg": "Running with dbt", "name": "M"}}') is None
    assert Line.parse("plain text") == Line("INFO", "plain text")
    assert Line.parse('{"a": ') == Line("INFO", '{"a":')
    for noise in ("", "  ", "2026 [info] Meltano 4.4.1, Python", '{"message": ""}'):
        assert Line.parse(noise) is None
    meltano = Line.parse('{"severity": "ERROR", "message": "Extraction failed", "name": "meltano"}')
    assert meltano
    assert not meltano.is_cause
