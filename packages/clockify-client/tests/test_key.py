"""The key goes to Clockify and nowhere else, and no URL brings another secret in."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import responses
from client_support import CORE, TARGET, connected
from clockify_client.client import workspace_path
from clockify_client.errors import ClockifyError
from clockify_client.http.limits import RateLimits
from clockify_client.settings import host_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server

KEY = "SuperSecret0123456789abcdefghijk"
PASSWORD = "hunter2hunter2"


def mistake(name: str, url: str) -> str:
    (found,) = host_mistakes({name: url}, TARGET)
    return found


# URLs


@pytest.mark.parametrize("name", ["api_url", "reports_url"])
@pytest.mark.parametrize(
    "host",
    ["api.clockify.me", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "[::2]"],
)
def test_http_is_for_this_machine_alone(name: str, host: str) -> None:
    assert mistake(name, f"http://{host}/api/v1") == (
        f"{name}: http://{host.strip('[]')} would send the key unencrypted; use https://. Plain"
        " http:// is allowed only for this machine (localhost, 127.0.0.1)."
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8701", "127.3.2.1", "[::1]:8701"])
def test_http_to_this_machine_is_accepted(host: str) -> None:
    assert host_mistakes({"api_url": f"http://{host}/api/v1"}, TARGET) == []


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{PASSWORD}@api.clockify.me/api/v1",
        f"https://{PASSWORD}@api.clockify.me/api/v1",
        f"https://:{PASSWORD}@api.clockify.me",
        f"http://me:{PASSWORD}@127.0.0.1:8701",
    ],
)
def test_user_and_password_are_refused_and_not_repeated(url: str) -> None:
    error = mistake("api_url", url)
    assert error.startswith("api_url: the URL contains a user name or a password")
    assert PASSWORD not in error


@pytest.mark.parametrize("end", [f"?token={PASSWORD}", f"#{PASSWORD}", "?", "#"])
def test_query_and_fragment_are_refused_and_not_repeated(end: str) -> None:
    error = mistake("reports_url", f"https://reports.api.clockify.me/v1{end}")
    assert error.startswith("reports_url: the URL contains a query or a fragment")
    assert PASSWORD not in error


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "ftp://api.clockify.me",
        "https://api clockify.me",
        "https://api.clockify.me/\x00",
        "https://api.clockify.me/\x7f",
        "https://api.clockify.me\\@example.org",
        "https://a:port/",
        "http://[::1]example.org",
        "http:/127.0.0.1",
        "//a/b",
    ],
)
def test_something_else_than_a_url_is_refused(url: str) -> None:
    assert "is not a URL; write it like https://api.clockify.me/api/v1." in mistake("api_url", url)


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://me:{PASSWORD}@api.clockify.me",
        f"https://api.clockify.me:{PASSWORD}",
        f"https://me%40example.org:{PASSWORD}%40api.clockify.me",
    ],
)
def test_password_in_something_else_than_a_url_is_not_repeated(url: str) -> None:
    assert PASSWORD not in mistake("api_url", url)


def test_scheme_may_be_in_capitals() -> None:
    assert host_mistakes({"api_url": "HTTPS://api.clockify.me/api/v1"}, TARGET) == []


# Paths


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("64a1b2c3d4e5f60718293a4b", "/workspaces/w/tags/64a1b2c3d4e5f60718293a4b"),
        ("../../user", "/workspaces/w/tags/..%2F..%2Fuser"),
        ("a/b?c=d#e", "/workspaces/w/tags/a%2Fb%3Fc%3Dd%23e"),
        ("ä %2F", "/workspaces/w/tags/%C3%A4%20%252F"),
    ],
)
def test_id_in_a_path_is_quoted(item: str, path: str) -> None:
    assert workspace_path("w", "tags", item) == path
    with responses.RequestsMock() as clockify:
        clockify.get(f"{CORE}{path}", json={})
        connected().get(workspace_path("w", "tags", item))
        assert clockify.calls[0].request.path_url == f"/api/v1{path}"


@pytest.mark.parametrize("item", [".", ".."])
def test_id_that_would_change_the_path_is_refused(item: str) -> None:
    with pytest.raises(ClockifyError, match="as an id"):
        workspace_path("w", item)
    with pytest.raises(ClockifyError, match="as an id"):
        workspace_path(item)


# What the environment adds


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("name", ["api_key", "addon_token"])
def test_netrc_is_not_read(name: str) -> None:
    header = {"api_key": "X-Api-Key", "addon_token": "X-Addon-Token"}[name]
    with responses.RequestsMock() as clockify:
        clockify.get(f"{CORE}/user", json={})
        connected(**{"api_key": None, name: KEY}).get("/user")
        (sent,) = [call.request for call in clockify.calls]
    assert sent.headers[header] == KEY
    assert "Authorization" not in sent.headers


class Proxy(BaseHTTPRequestHandler):
    """A proxy that answers every request itself."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        body = json.dumps({"by": "the proxy"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        self.seen.append(self.path)
        self.send_error(403)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    handler = type("Seeing", (Proxy,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    try:
        yield handler.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_https_goes_through_the_proxy_of_the_environment(
    proxy: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RateLimits, "wait", lambda *_: None)  # between the tries
    asked = connected(api_url="https://clockify.example.org/api/v1")
    with asked.session._session, pytest.raises(ClockifyError, match="ProxyError"):
        asked.get("/user")
    assert set(proxy) == {"clockify.example.org:443"}


def test_plain_http_goes_through_no_proxy(proxy: list[str], server: Server) -> None:
    """The proxy would see the key unencrypted."""
    asked = connected(api_url=server.api_url, api_key=server.world.api_key)
    with asked.session._session:
        assert asked.get("/user").body["id"] == server.world.owner_id
    assert proxy == []


def test_certificates_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/our/ca.pem")
    session = connected().session._session
    url = "https://api.clockify.me/api/v1/user"
    assert session.merge_environment_settings(url, {}, None, None, None)["verify"] == (
        "/etc/our/ca.pem"
    )
