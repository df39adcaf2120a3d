"""`--check`: a line for each thing that a load needs; nothing is left behind."""

from __future__ import annotations

import json
import logging
import subprocess
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from clockify_sandbox.bigquery import write_service_account
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.credentials import Credentials as UserCredentials
from google.oauth2.service_account import Credentials as ServiceCredentials
from strict_proxy import Fault
from strict_support import COMMAND, DATASET, load_of
from target_bigquery_strict import check
from target_bigquery_strict.check import can_load
from target_bigquery_strict.credentials import described

if TYPE_CHECKING:
    from pathlib import Path

    from strict_proxy import Proxy
    from strict_support import Strict

LOGGER = logging.getLogger("check")


@pytest.fixture(autouse=True)
def _dataset(strict: Strict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PATIENCE_SECONDS", 0.05)
    strict.bigquery.query(f"CREATE SCHEMA {DATASET}")


def checked(
    strict: Strict, capsys: pytest.CaptureFixture[str], **settings: Any
) -> tuple[bool, dict[str, tuple[str, str]], str]:
    """Return whether it is good, what was said of each subject, and the verdict."""
    is_good = can_load(strict.settings(**settings), LOGGER)
    *lines, verdict = capsys.readouterr().out.splitlines()
    said = {}
    for line in lines:
        mark, subject, text = line.split(maxsplit=2)
        said[subject.rstrip(":")] = (mark, text)
    return is_good, said, verdict


def test_all_is_well(strict: Strict, capsys: pytest.CaptureFixture[str]) -> None:
    is_good, said, verdict = checked(strict, capsys, location="us")
    assert is_good
    assert verdict == "A load can succeed."
    assert {mark for mark, _ in said.values()} == {"ok"}
    assert list(said) == ["credentials", "project", "dataset", "location", "tables", "billing"]
    assert "a local BigQuery" in said["credentials"][1]
    assert said["location"][1] == "The dataset is in US, as the setting location says."
    assert said["billing"][1] == "BigQuery has run a MERGE. A local BigQuery needs no billing."
    assert strict.tables() == []


def test_the_dataset_does_not_exist_yet(strict: Strict, capsys: pytest.CaptureFixture[str]) -> None:
    is_good, said, verdict = checked(strict, capsys, dataset="later", location="EU")
    assert is_good
    assert verdict == "A load can succeed, unless what is unknown prevents it."
    assert said["dataset"][0] == "unknown"
    assert "later does not exist. The first load creates it, if" in said["dataset"][1]
    assert said["location"] == ("ok", "A new dataset is created in EU.")
    assert said["tables"][0] == said["billing"][0] == "unknown"
    found = strict.bigquery.query("SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA")
    assert "later" not in [row["schema_name"] for row in found]


def test_another_location(strict: Strict, capsys: pytest.CaptureFixture[str]) -> None:
    is_good, said, verdict = checked(strict, capsys, location="europe-west3")
    assert not is_good
    assert verdict == "A load cannot succeed. Correct what fails, and check again."
    assert said["location"][0] == "FAILS"
    assert "is in US, but the setting location says europe-west3" in said["location"][1]
    assert said["tables"] == ("unknown", "Not checked: it needs the location.")


def dry_run(_: int, method: str, text: str) -> bool:
    return method == "POST" and '"dryRun": true' in text


def creates(_: int, method: str, text: str) -> bool:
    return method == "POST" and "__check_" in text and "/tables" in text


def merges(_: int, method: str, text: str) -> bool:
    return method == "POST" and "MERGE" in text


@pytest.mark.parametrize(
    ("hits", "status", "reason", "subject", "sentence"),
    [
        (dry_run, 403, "accessDenied", "project", "The account lacks a role. It needs roles/"),
        (dry_run, 403, "accessNotConfigured", "project", "gcloud services enable bigquery"),
        (dry_run, 503, "backendError", "project", "BigQuery did not answer (ServiceUnavailable"),
        (creates, 403, "accessDenied", "tables", "roles/bigquery.dataEditor on the dataset"),
        (merges, 403, "billingNotEnabled", "billing", "Enable billing for the project."),
        (merges, 403, "accessDenied", "billing", "The account lacks a role."),
        (merges, 400, "invalid", "billing", "BigQuery refused it. It says: The proxy says so."),
    ],
)
def test_what_bigquery_refuses(
    strict: Strict,
    proxy: Proxy,
    capsys: pytest.CaptureFixture[str],
    hits: Any,
    status: int,
    reason: str,
    subject: str,
    sentence: str,
) -> None:
    proxy.faults.append(Fault(hits, status, reason))
    is_good, said, _ = checked(strict, capsys)
    assert not is_good
    assert [each for each, (mark, _) in said.items() if mark == "FAILS"] == [subject]
    assert sentence in said[subject][1]
    assert strict.tables() == []


def test_a_dataset_that_may_not_be_created(
    strict: Strict, proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.faults.append(Fault(lambda _, __, text: "CREATE SCHEMA" in text, 403, "accessDenied"))
    is_good, said, _ = checked(strict, capsys, dataset="later")
    assert not is_good
    assert "later does not exist, and the account may not create it." in said["dataset"][1]


def test_a_table_that_cannot_be_deleted_expires(
    strict: Strict,
    proxy: Proxy,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bodies: list[str] = []

    def deletes(_: int, method: str, text: str) -> bool:
        bodies.append(text)
        return method == "DELETE"

    proxy.faults.append(Fault(deletes, 403, "accessDenied"))
    assert checked(strict, capsys)[0]
    assert "could not be deleted (Forbidden (403)). BigQuery deletes it within an hour" in (
        caplog.text
    )
    assert sum('"expirationTime"' in body for body in bodies) == 1


def test_nothing_listens(
    strict: Strict, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    is_good, said, _ = checked(strict, capsys)
    assert not is_good
    assert said["project"][1].startswith("Nothing listens at BIGQUERY_EMULATOR_HOST.")


def test_a_key_that_is_revoked(
    strict: Strict,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = str(write_service_account(tmp_path, strict.url))
    assert checked(strict, capsys, credentials_path=path)[0]
    for kind, sentence in (
        (RefreshError, "Google did not accept the credentials (RefreshError)."),
        (TransportError, "Google, which knows the key, did not answer (TransportError)."),
    ):
        refuse = Mock(side_effect=kind("invalid_grant: secret"))
        monkeypatch.setattr(ServiceCredentials, "refresh", refuse)
        is_good, said, _ = checked(strict, capsys, credentials_path=path)
        assert not is_good
        assert said["credentials"][1].startswith(sentence)
        assert "secret" not in str(said)


def test_a_service_account_is_named_and_a_person_is_not(
    strict: Strict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = json.loads(write_service_account(tmp_path, strict.url).read_text())
    account["client_email"] = "loader@p.iam.gserviceaccount.com"
    service = ServiceCredentials.from_service_account_info(account)
    assert described(service, {"credentials_json": "{}"}) == (
        "The service account loader@p.iam.gserviceaccount.com, from credentials_json."
    )
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/key.json")
    assert described(service, {}).endswith("from GOOGLE_APPLICATION_CREDENTIALS (/key.json).")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    person = UserCredentials("token", account="ada@example.org")
    assert described(person, {}) == (
        "The account of a person, from gcloud (application default credentials)."
    )


def test_the_command(strict: Strict, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    codes = []
    for location in ("US", "EU"):
        config.write_text(json.dumps(strict.settings(location=location)))
        command = [*COMMAND, "--config", str(config), "--check"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        codes.append(done.returncode)
        assert done.stderr == ""
        assert "A load can" in done.stdout
    assert codes == [0, 1]
    strict.load(load_of(1))
    assert strict.tables() == ["hours"]
