"""Errors in the form that all of Google's APIs share."""

from __future__ import annotations

from typing import Any

INFO = "type.googleapis.com/google.rpc.ErrorInfo"
DOMAIN = "health.googleapis.com"
WRONG_MEMBER = "INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER"


class HealthError(Exception):
    """An answer other than success."""

    def __init__(
        self,
        code: int,
        status: str,
        message: str,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Refuse with an HTTP status, its name at Google, and a sentence."""
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = details
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Make the JSON of the answer."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        return {"error": {**error, "details": self.details} if self.details else error}


def info(reason: str, domain: str = DOMAIN, **metadata: str) -> list[dict[str, Any]]:
    """Make the details that name a reason."""
    detail: dict[str, Any] = {"@type": INFO, "reason": reason, "domain": domain}
    return [{**detail, "metadata": metadata} if metadata else detail]


def invalid(message: str, reason: str | None = None, **metadata: str) -> HealthError:
    """Refuse an argument."""
    return HealthError(
        400, "INVALID_ARGUMENT", message, info(reason, **metadata) if reason else None
    )


def not_found(message: str = "Requested entity was not found.") -> HealthError:
    """Say that there is no such thing."""
    return HealthError(404, "NOT_FOUND", message)


def unauthenticated(*, missing: bool) -> HealthError:
    """Refuse a request without a token, or with one that is not valid."""
    what = "is missing required" if missing else "had invalid"
    many = "credential" if missing else "credentials"
    message = (
        f"Request {what} authentication {many}. Expected OAuth 2 access token, login cookie or"
        " other valid authentication credential. See"
        " https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    details = info("CREDENTIALS_MISSING", "googleapis.com", service=DOMAIN) if missing else None
    challenge = 'Bearer realm="https://accounts.google.com/"'
    if not missing:
        challenge += ', error="invalid_token"'
    return HealthError(401, "UNAUTHENTICATED", message, details, {"WWW-Authenticate": challenge})


def scope_insufficient(scopes: list[str]) -> HealthError:
    """Refuse a token that lacks a scope; any of `scopes` would do."""
    challenge = (
        'Bearer realm="https://accounts.google.com/", error="insufficient_scope",'
        f' scope="{" ".join(scopes)}"'
    )
    return HealthError(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", service=DOMAIN),
        {"WWW-Authenticate": challenge},
    )


def denied(message: str) -> HealthError:
    """Refuse what no scope would allow."""
    return HealthError(403, "PERMISSION_DENIED", message)


def exhausted() -> HealthError:
    """Refuse a request beyond the quota."""
    return HealthError(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute per user' of"
        " service 'health.googleapis.com'.",
        info("RATE_LIMIT_EXCEEDED", "googleapis.com", service=DOMAIN),
    )
