"""Google's consent page and token endpoint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from clockify_sandbox.google_health.kinds import ALL_SCOPES
from clockify_sandbox.google_health.world import Code, Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from clockify_sandbox.google_health.options import Options
    from clockify_sandbox.google_health.world import World

CODE_MINUTES = 10
DEAD = "Token has been expired or revoked."


class OAuthError(Exception):
    """A refusal of the token endpoint or, with a page instead of JSON, of the consent page."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        """Refuse with one of the errors of OAuth."""
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def consent(world: World, options: Options, query: Mapping[str, str]) -> Response:
    """Answer the consent page as if the person had decided at once."""
    try:
        scopes = _asked(world, query)
    except OAuthError as refusal:
        page = f"<h1>Error {refusal.status}: {refusal.error}</h1><p>{refusal.description}</p>"
        return HTMLResponse(page, refusal.status)
    back = query["redirect_uri"]
    state = {"state": query["state"]} if "state" in query else {}
    if options.consent == "denied":
        return _redirect(back, {"error": "access_denied", **state})
    if options.consent_scopes is not None:
        scopes &= frozenset(options.consent_scopes)
    with world.lock:
        code = f"4/0Sandbox-{world.next_number()}"
        world.codes[code] = Code(
            scopes=scopes,
            redirect_uri=back,
            challenge=query.get("code_challenge"),
            method=query.get("code_challenge_method", "plain"),
            offline=query.get("access_type") == "offline",
            prompted="consent" in query.get("prompt", "").split(),
            expires=world.now() + timedelta(minutes=CODE_MINUTES),
        )
        world.touch()
    return _redirect(back, {"code": code, **state, "scope": " ".join(sorted(scopes))})


def _asked(world: World, query: Mapping[str, str]) -> frozenset[str]:
    """Check what the consent page is asked for, and return the scopes."""
    if query.get("client_id") != world.client_id:
        raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
    for name in ("redirect_uri", "response_type", "scope"):
        if not query.get(name):
            raise OAuthError("invalid_request", f"Missing required parameter: {name}")
    target = urlsplit(query["redirect_uri"])
    local = target.hostname in {"127.0.0.1", "localhost", "::1"}
    if target.scheme != "https" and not (target.scheme == "http" and local):
        raise OAuthError("redirect_uri_mismatch", "The redirect URI is not registered.")
    if query["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "The response type must be code.")
    if query.get("code_challenge_method", "plain") not in {"plain", "S256"}:
        raise OAuthError("invalid_request", "Invalid code_challenge_method.")
    scopes = frozenset(query["scope"].split())
    unknown = sorted(scopes - ALL_SCOPES)
    if unknown:
        raise OAuthError("invalid_scope", f"Some requested scopes were invalid: {unknown}")
    return scopes


def _redirect(back: str, values: dict[str, str]) -> Response:
    joint = "&" if urlsplit(back).query else "?"
    return RedirectResponse(f"{back}{joint}{urlencode(values)}", 302)


def token(world: World, options: Options, headers: Mapping[str, str], body: bytes) -> Response:
    """Answer a request for tokens."""
    try:
        with world.lock:
            answer = _answer(world, options, headers, body)
            world.touch()
        return JSONResponse(answer, headers={"Cache-Control": "no-cache, no-store"})
    except OAuthError as refusal:
        return JSONResponse(
            {"error": refusal.error, "error_description": refusal.description}, refusal.status
        )


def _answer(
    world: World, options: Options, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise OAuthError("invalid_request", "The request must be form-encoded.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise OAuthError("invalid_request", "The form is not UTF-8.") from error
    form = {name: values[-1] for name, values in fields.items()}
    form |= _basic(headers.get("authorization", ""))
    if not form.get("client_id"):
        raise OAuthError("invalid_request", "Could not determine client ID from request.")
    if form["client_id"] != world.client_id:
        raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
    if form.get("client_secret") != world.client_secret:
        raise OAuthError("invalid_client", "Unauthorized", 401)
    match form.get("grant_type"):
        case "refresh_token":
            return _refresh(world, options, form)
        case "authorization_code":
            return _exchange(world, options, form)
        case None | "":
            raise OAuthError("invalid_request", "Missing required parameter: grant_type")
        case other:
            raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {other}")


def _basic(header: str) -> dict[str, str]:
    """Read the client's id and secret from a header, where they may be instead."""
    if not header.lower().startswith("basic "):
        return {}
    try:
        text = base64.b64decode(header[len("basic ") :]).decode()
    except (binascii.Error, UnicodeDecodeError):
        return {}
    client_id, _, secret = text.partition(":")
    return {"client_id": unquote(client_id), "client_secret": unquote(secret)}


def _refresh(world: World, options: Options, form: dict[str, str]) -> dict[str, Any]:
    if not form.get("refresh_token"):
        raise OAuthError("invalid_request", "Missing required parameter: refresh_token")
    grant = world.refresh_tokens.get(form["refresh_token"])
    if grant is None:
        raise OAuthError("invalid_grant", DEAD)
    if options.refresh_days is not None and world.now() >= grant.issued + timedelta(
        days=options.refresh_days
    ):
        raise OAuthError("invalid_grant", DEAD)
    scopes = frozenset(form["scope"].split()) if form.get("scope") else grant.scopes
    if not scopes <= grant.scopes:
        raise OAuthError("invalid_scope", "Some requested scopes were not granted.")
    return _access(world, options, scopes)


def _exchange(world: World, options: Options, form: dict[str, str]) -> dict[str, Any]:
    if not form.get("code"):
        raise OAuthError("invalid_request", "Missing required parameter: code")
    code = world.codes.get(form["code"])
    if code is None or world.now() >= code.expires:
        raise OAuthError("invalid_grant", "Bad Request")
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "Bad Request")
    _verify(code, form.get("code_verifier", ""))
    del world.codes[form["code"]]
    answer = _access(world, options, code.scopes)
    first = not world.refresh_tokens or options.new_refresh_token == "always"  # noqa: S105
    if code.offline and (code.prompted or first):
        refresh = f"1//sandbox-{world.next_number()}"
        world.refresh_tokens[refresh] = Grant(code.scopes, world.now())
        answer["refresh_token"] = refresh
        if options.refresh_days is not None:
            answer["refresh_token_expires_in"] = options.refresh_days * 86_400 - 1
    return answer


def _verify(code: Code, verifier: str) -> None:
    """Check the proof that the client that asked for the code is the one that uses it."""
    if code.challenge is None:
        return
    if not verifier:
        raise OAuthError("invalid_grant", "Missing code verifier.")
    shown = verifier
    if code.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        shown = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) or shown != code.challenge:
        raise OAuthError("invalid_grant", "Invalid code verifier.")


def _access(world: World, options: Options, scopes: frozenset[str]) -> dict[str, Any]:
    now = world.now()
    world.access_tokens = {
        text: grant
        for text, grant in world.access_tokens.items()
        if grant.expires is not None and grant.expires > now
    }
    access = f"ya29.sandbox-{world.next_number()}"
    expires = now + timedelta(seconds=options.token_seconds)
    world.access_tokens[access] = Grant(scopes, now, expires)
    return {
        "access_token": access,
        "expires_in": max(options.token_seconds - 1, 0),
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }
