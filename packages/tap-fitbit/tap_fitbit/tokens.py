"""Access tokens, made from the person's consent as often as needed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import backoff
import requests
from requests.auth import AuthBase
from singer_ledger.errors import ExtractError, quoted
from singer_ledger.patient import TRIES, waits
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

LEEWAY_SECONDS = 120
"""A token is replaced this long before it expires: a request may wait for a while."""
TIMEOUT_SECONDS = 60
DEAD = (
    "Google does not accept the refresh token any more. It expires 7 days after the consent while"
    ' the consent screen of your project is in "Testing", after 6 months without use, if the person'
    " withdraws the consent, and when the same client gets its 101st token for the account. Publish"
    " the consent screen (In production; it need not be verified for your own data), run"
    " tap-fitbit authorize, and set refresh_token to what it prints."
)
CLIENT = "Google does not know the OAuth client. Check client_id and client_secret."


class GoogleToken(AuthBase):
    """Signs requests with a token that is valid, which it gets from the token endpoint.

    Google's refresh token does not change when it is used, so nothing has to be remembered.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        url: str,
        secrets: frozenset[str],
        session: requests.Session,
    ) -> None:
        """Take the settings of the consent, and the address of the token endpoint."""
        self._config = config
        self._url = url
        self._secrets = secrets
        self._session = session
        self._token = ""
        self._valid_until = 0.0

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if time.monotonic() >= self._valid_until:
            self._refresh()
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r

    def forget(self, header: str | None) -> None:
        """Drop the token that a request had, unless another one has replaced it."""
        if header == f"Bearer {self._token}":
            self._valid_until = 0.0

    def _refresh(self) -> None:
        answer = self._ask()
        if answer.status_code != requests.codes.ok:
            raise self._refusal(answer)
        try:
            granted = answer.json()
            self._token = str(granted["access_token"])
            expires = float(granted.get("expires_in", 0))
        except (KeyError, TypeError, ValueError) as error:
            raise ExtractError(
                "The token endpoint answered with something that is not a token. Check token_url."
            ) from error
        # Of a token that lives shortly, at least half is used.
        self._valid_until = time.monotonic() + max(expires - LEEWAY_SECONDS, expires / 2)

    def _ask(self) -> requests.Response:
        """Ask for a token, as often as it takes.

        Raises:
            ExtractError: Google cannot be reached.
        """
        asked = {
            "grant_type": "refresh_token",
            **{
                name: self._config[name] for name in ("client_id", "client_secret", "refresh_token")
            },
        }
        send = backoff.on_exception(
            waits,
            (requests.RequestException, _BusyError),
            max_tries=TRIES,
            jitter=None,
            logger=None,
        )(self._post)
        try:
            return send(asked)
        except (requests.RequestException, _BusyError) as error:
            reason = str(error) if isinstance(error, _BusyError) else type(error).__name__
            raise ExtractError(
                f"No access token can be had ({reason}). Tried {TRIES} times: check the network and"
                " token_url, and run again."
            ) from error

    def _post(self, asked: Mapping[str, str]) -> requests.Response:
        answer = self._session.post(
            self._url, data=asked, timeout=TIMEOUT_SECONDS, allow_redirects=False, auth=_no_auth
        )
        busy = answer.status_code == requests.codes.too_many_requests
        if busy or answer.status_code >= requests.codes.server_error or not _is_json(answer):
            raise _BusyError(answer)
        return answer

    def _refusal(self, answer: requests.Response) -> ExtractError:
        said = answer.json()
        code = said.get("error") if isinstance(said, dict) else None
        if code == "invalid_grant":
            return ExtractError(DEAD)
        if code in {"invalid_client", "unauthorized_client"}:
            return ExtractError(CLIENT)
        return ExtractError(
            f"The token endpoint refuses with status {answer.status_code}:"
            f" {quoted(answer.text, self._secrets)}. Check client_id, client_secret and token_url."
        )


class _BusyError(Exception):
    """The token endpoint cannot answer now."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"The token endpoint answered with status {response.status_code}")
        self.response = response


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request unsigned: the session signs others."""
    return request


def _is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True
