"""A job of the demo uses the sandbox and nobody's account, whatever is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from clockify_sandbox.cli import main
from clockify_sandbox.environment import check_addresses, check_environment, unused_keys
from clockify_sandbox.supervisor import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

HERE = "http://127.0.0.1:8701/api/v1"
ELSEWHERE = "https://api.clockify.me/api/v1"


@pytest.mark.parametrize("given", [{}, {"MELTANO_ENVIRONMENT": "demo"}])
@pytest.mark.parametrize("url", ["", HERE, "http://localhost:1", "http://[::1]:8701"])
def test_demo_on_this_machine_is_accepted(given: dict[str, str], url: str) -> None:
    check_environment("demo", {**given, "TAP_CLOCKIFY_API_URL": url})


@pytest.mark.parametrize("other", ["prod", "local", "staging"])
def test_demo_in_another_environment_is_refused(other: str) -> None:
    with pytest.raises(SandboxError) as refused:
        check_environment("demo", {"MELTANO_ENVIRONMENT": other})
    assert f"Meltano's environment is {other}. Nothing was read or written." in str(refused.value)
    assert "uv run meltano --environment=demo run demo" in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "TAP_CLOCKIFY_API_URL",
        "TAP_CLOCKIFY_REPORTS_URL",
        "TAP_CLOCKIFY_AUDIT_LOG_URL",
        "TAP_TIMECAMP_API_URL",
        "TAP_FITBIT_TOKEN_URL",
        "TARGET_CLOCKIFY__AGENCY_API_URL",
    ],
)
@pytest.mark.parametrize("url", [ELSEWHERE, "not a url", "http://127.0.0.1.example.org"])
def test_address_elsewhere_is_refused(name: str, url: str) -> None:
    for check in (check_addresses, lambda given: check_environment("demo", given)):
        with pytest.raises(SandboxError) as refused:
            check({name: url})
        assert name in str(refused.value)
        assert url not in str(refused.value)


def test_your_clockify_may_be_anywhere() -> None:
    check_environment("local", {"MELTANO_ENVIRONMENT": "local", "TAP_CLOCKIFY_API_URL": ELSEWHERE})


def test_keys_that_the_demo_does_not_use_are_named() -> None:
    given = {"TIMECAMP_API_KEY": "secret", "FITBIT_REFRESH_TOKEN": ""}
    assert unused_keys("demo", given) == ["TIMECAMP_API_KEY"]
    assert unused_keys("local", given) == []


def test_command_starts_nothing_in_another_environment(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        main,
        ["--folder", str(tmp_path), "up", "--for", "demo"],
        env={"MELTANO_ENVIRONMENT": "prod"},
    )
    assert run.exit_code == 1
    assert run.output.startswith("Error: This job is made for the environment demo")
    assert list(tmp_path.iterdir()) == []
