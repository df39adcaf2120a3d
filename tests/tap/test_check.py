"""``--check`` says whether a run could succeed, a line each, with few requests."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
import responses
from checks import answer_of, command
from clockify_client.http.limits import StoppedError
from clockify_sandbox.world import edits
from support import agency, config_for, empty, only_workspace, run_cli, run_tap

from tap_clockify.check.findings import answer_to

if TYPE_CHECKING:
    from pathlib import Path

    from checks import Checks
    from clockify_sandbox.server import Server
    from conftest import Serve

CHECK_KEY = (
    "Check the setting api_key or addon_token. A workspace on a subdomain or in a data region"
    " needs a key created there: see the settings region and subdomain."
)
RESTRICTED = ("ok", "a run could succeed, except for what the lines marked note say.")
FAILED = ("fail", "a run could not succeed. Each line marked fail says why, and what to do.")


def test_everything_can_be_read(server: Server, check: Checks) -> None:
    w = only_workspace(server.world)
    answer = check(server)
    assert answer.code == 0
    assert [f"{mark} {about}: {text}" for mark, about, text in answer.lines] == [
        f"ok Hosts: {server.api_url} (setting api_url), reports {server.reports_url}, audit log"
        f" {server.audit_log_url}.",
        f"ok Key: the API key is that of user {server.world.owner_id}.",
        f'ok Workspace "{server.world[w].workspace.name}" ({w}): plan STANDARD_2021, selected, role'
        " OWNER and TEAM_MANAGER.",
        "ok Time zone: Europe/Berlin, from the account of the key's owner.",
        "ok Change feed: can be read.",
        "ok History check: on, in every run.",
        "ok Streams: 18 selected by the catalog; all of them can be read.",
        "ok Requests: this check made 9.",
        "ok Verdict: a run could succeed.",
    ]
    assert server.requests.total == 9
    assert answer.log == ""


def test_nobody_is_named(server: Server, check: Checks) -> None:
    owner = server.world.users[server.world.owner_id]
    printed = str(check(server))
    for secret in (server.world.api_key, owner.name, owner.email):
        assert secret not in printed


@pytest.mark.parametrize("flag", ["--test", "--test=all", "--test=schema", "--test=records"])
def test_test_is_the_same(server: Server, check: Checks, flag: str) -> None:
    assert check(server, flag=flag) == check(server)


def test_wrong_key(server: Server, check: Checks) -> None:
    answer = check(server, api_key="nobodys")
    assert answer.code == 1
    assert answer.failures == [
        (
            "Key",
            f'GET {server.api_url}/workspaces failed with status 401: "Api key does not exist".'
            f" {CHECK_KEY}",
        )
    ]
    assert answer.only("Verdict") == FAILED
    assert server.requests.total == 2


def test_region_that_does_not_know_the_key(
    check: Checks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"api_key": "of-another-region", "region": "euc1"}))
    core = "https://euc1.clockify.me/api/v1"
    with responses.RequestsMock() as clockify:
        for path in ("/user", "/workspaces"):
            clockify.get(f"{core}{path}", status=401, json={"message": "Api key does not exist"})
        code = command(["--check", f"--config={file}"])
    answer = answer_of(code, capsys.readouterr().out)
    assert answer.code == 1
    assert answer.only("Hosts")[1].startswith(f"{core} (region euc1), reports https://euc1.")
    assert answer.only("Key")[1].endswith(CHECK_KEY)


def test_workspace_that_the_key_cannot_see(serve: Serve, check: Checks) -> None:
    world = agency(people=2, days=3, workspaces=2)
    one, two = sorted(world.workspaces)
    server = serve(world)
    answer = check(server, workspace_ids=[one, "0123"])
    assert answer.code == 1
    assert answer.failures == [
        (
            "Workspaces",
            f"The key cannot see 0123 of workspace_ids; workspaces that it can see: {one}, {two}."
            " Correct workspace_ids, or have the key's owner added to the workspace.",
        )
    ]
    assert len(answer.about("Workspace ")) == 2
    assert server.requests.total == 2


def test_workspace_that_is_not_selected(serve: Serve, check: Checks) -> None:
    world = agency(people=2, days=3, workspaces=2)
    one, two = sorted(world.workspaces)
    server = serve(world)
    answer = check(server, workspace_ids=[two])
    assert [text for _, text in answer.about("Workspace ")] == [
        "plan STANDARD_2021, selected, role OWNER and TEAM_MANAGER.",
        "plan STANDARD_2021, not selected.",
    ]
    assert server.requests.count(f"/workspaces/{one}/") == 0


def test_time_zone_of_a_setting(server: Server, check: Checks) -> None:
    answer = check(server, timezone="Asia/Tokyo")
    assert answer.only("Time zone") == ("ok", "Asia/Tokyo, from the setting timezone.")


def test_time_zone_that_this_machine_does_not_know(serve: Serve, check: Checks) -> None:
    world = agency(people=2, days=3)
    edits.set_timezone(world, world.owner_id, "Mars/Olympus")
    answer = check(serve(world))
    assert answer.code == 1
    assert answer.only("Time zone")[1].endswith("Set the setting timezone.")


def test_account_that_cannot_be_read(server: Server, check: Checks) -> None:
    server.faults.add("status", match="/user$", status=403, body="", times=None)
    assert check(server).only("Key")[0] == "fail"
    answer = check(server, timezone="UTC")
    assert answer.code == 0
    assert answer.only("Key")[0] == "note"
    assert "role of the key is unknown" in answer.only("Workspace ")[1]


# Plans and roles


def test_reports_that_the_role_may_not_read(server: Server, check: Checks) -> None:
    server.faults.add("status", match="/reports/detailed", status=403, body="", times=None)
    answer = check(server, ["summary", "time_entries"])
    assert answer.code == 1
    ((about, text),) = answer.failures
    assert about == "Streams"
    w = only_workspace(server.world)
    assert text.startswith(f"summary, time_entries cannot be read in workspace {w}: POST ")
    assert "must be an owner or admin" in text


def test_people_that_the_role_may_not_list(server: Server, check: Checks) -> None:
    server.faults.add("status", match="/users", status=403, body="", times=None)
    assert check(server, ["clients"]).code == 0
    answer = check(server, ["users"])
    assert answer.code == 1
    assert answer.failures[0][1].startswith("users cannot be read in workspace")


def test_role_that_sees_only_its_own_time(serve: Serve, check: Checks) -> None:
    world = agency(people=4)
    edits.set_member_role(world, only_workspace(world), world.owner_id, "MEMBER")
    mark, text = check(serve(world)).only("Workspace ")
    assert mark == "note"
    assert "A run reads only the time that this role sees" in text


def test_role_decides_where_requests_are_few(serve: Serve, check: Checks) -> None:
    world = agency(people=4, plan="FREE")
    w = only_workspace(world)
    edits.set_member_role(world, w, world.owner_id, "MEMBER")
    server = serve(world)
    answer = check(server, ["tags", "webhooks"])
    assert answer.about("Streams") == [
        ("ok", "2 selected by the catalog; 1 of them can be read."),
        (
            "note",
            f"webhooks cannot be read in workspace {w}: Clockify does not allow it. The owner of"
            " the key must be an owner or admin of the workspace. A run would skip this.",
        ),
    ]
    assert server.requests.total == 3


@pytest.mark.parametrize("is_strict", [False, True])
def test_stream_that_the_plan_does_not_include(
    server: Server, check: Checks, *, is_strict: bool
) -> None:
    w = only_workspace(server.world)
    answer = check(server, ["clients", "audit_log"], strict=is_strict)
    assert answer.code == is_strict
    assert answer.only("Verdict") == (FAILED if is_strict else RESTRICTED)
    assert answer.about("Streams") == [
        ("ok", "2 selected by the catalog; 1 of them can be read."),
        (
            "fail" if is_strict else "note",
            f"audit_log cannot be read in workspace {w}: The plan STANDARD_2021 does not include"
            " the feature AUDIT_LOG (status 403)."
            + (
                " Deselect what the workspace does not have, or set strict to false."
                if is_strict
                else " A run would skip this."
            ),
        ),
    ]


def test_nothing_is_selected(server: Server, check: Checks) -> None:
    answer = check(server, [])
    assert answer.code == 0
    assert answer.only("Streams")[0] == "note"
    assert answer.about("Change feed") == []


# The change feed and the history


@pytest.mark.parametrize("feed", ["forbidden", "missing"])
@pytest.mark.parametrize(("setting", "mark"), [("auto", "note"), ("on", "fail")])
def test_feed_that_cannot_be_read(
    serve: Serve, check: Checks, feed: str, setting: str, mark: str
) -> None:
    answer = check(serve(feed=feed), change_feed=setting)
    assert answer.code == (mark == "fail")
    assert answer.only("Change feed")[0] == mark


def test_what_is_off_takes_no_request(server: Server, check: Checks) -> None:
    answer = check(server, change_feed="off", history_check="off")
    assert answer.only("Change feed") == ("ok", "off, by the setting change_feed.")
    assert answer.only("History check") == ("ok", "off, by the setting history_check.")
    assert server.requests.count("/entities/") == 0


def test_custom_fields_take_no_request(server: Server, check: Checks) -> None:
    assert check(server, custom_field_columns=True).code == 0
    assert server.requests.count("/custom-fields") == 0


def test_state_that_another_program_wrote(server: Server, check: Checks) -> None:
    state = run_tap(server, select=["summary"])[-1]["value"]
    state["bookmarks"]["summary"]["partitions"][0]["feed"] = 17
    answer = check(server, ["summary"], state)
    assert answer.code == 1
    assert answer.only("State")[0] == "fail"


# Requests


def test_free_plan_keeps_its_budget(serve: Serve, check: Checks) -> None:
    world = empty(plan="FREE")
    server = serve(world, enforce_rate_limits=True)
    w = only_workspace(world)
    answer = check(server)
    assert answer.code == 0
    assert server.requests.total == 5
    assert answer.only("Requests") == (
        "ok",
        f"this check made 5. Left in this hour: 25 of 30 in workspace {w}. No state tells what"
        " earlier runs made.",
    )
    assert "up to 14 days" in answer.only("History check")[1]


def test_requests_of_earlier_runs_count(serve: Serve, check: Checks) -> None:
    world = empty(plan="FREE")
    server = serve(world)
    state = run_tap(server, select=["clients"])[-1]["value"]
    made = server.requests.total
    answer = check(server, ["clients"], state)
    w = only_workspace(world)
    left = 30 - server.requests.total
    assert answer.only("Requests") == (
        "ok",
        f"this check made {server.requests.total - made}. Left in this hour: {left} of 30 in"
        f" workspace {w}.",
    )


def test_budget_that_is_used_up(server: Server, check: Checks, sleeps: list[float]) -> None:
    answer = check(server, ["summary"], requests_per_hour=2)
    assert answer.code == 0
    assert answer.only("Change feed")[0] == "note"
    assert answer.only("Requests")[1].startswith("this check made 2. Left in this hour: 0 of 2 ")
    assert answer.only("Verdict")[0] == "note"
    assert sleeps == []


def test_server_that_asks_for_patience(server: Server, check: Checks, sleeps: list[float]) -> None:
    server.faults.add("429", match="/workspaces$", times=None, retry_after=3600)
    answer = check(server)
    assert answer.code == 1
    assert "failed with status 429" in answer.failures[0][1]
    assert server.requests.count("/workspaces$") == 1
    assert sleeps == []


def test_check_that_is_stopped_tells_nothing() -> None:
    def stopped() -> None:
        raise StoppedError("The run has ended, so no more requests are sent.")

    with pytest.raises(StoppedError):
        answer_to(stopped)


def test_one_lost_answer_is_no_failure(server: Server, check: Checks) -> None:
    server.faults.add("5xx", match="/workspaces$")
    answer = check(server)
    assert answer.code == 0
    assert answer.log == ""


def test_server_that_is_down(server: Server, tmp_path: Path) -> None:
    """A process of its own, whose log shows that the error is told once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    config = config_for(server, api_url=address, reports_url=address)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    run = run_cli(tmp_path, f"--config={file}", "--test", TAP_CLOCKIFY_LOGLEVEL="INFO")
    answer = answer_of(run.returncode, run.stdout)
    mark, text = answer.only("Hosts")
    assert mark == "fail"
    assert text.startswith(f"GET {address}/api/v1/workspaces: the connection failed 2 times")
    assert run.stderr == ""


@pytest.mark.parametrize("flag", ["--check", "--test"])
def test_wrong_settings_are_told_as_in_a_run(server: Server, tmp_path: Path, flag: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_for(server, timezone="Mars", api_key=None)))

    def told(*arguments: str) -> tuple[int, str, list[str]]:
        run = run_cli(tmp_path, f"--config={file}", *arguments)
        errors = [line.rpartition(" | ")[2] for line in run.stderr.splitlines() if "ERROR" in line]
        return run.returncode, run.stdout, errors

    checked = told(flag)
    assert checked == told()
    assert any("api_key is missing" in line for line in checked[2])
    assert server.requests.total == 0
