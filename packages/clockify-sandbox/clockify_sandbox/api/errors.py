"""Clockify's error answers: a status, a message and Clockify's own error code."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ApiError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """Keep what the body will say."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        """Return the body that Clockify sends on the core and reports hosts."""
        return {"message": self.message, "code": self.code}

    def spring_body(self, path: str, at: datetime) -> dict[str, object]:
        """Return the body that the audit log's host sends, which is that of its framework."""
        return {
            "timestamp": at.isoformat(),
            "status": self.status,
            "error": HTTPStatus(self.status).phrase,
            "path": path,
        }


def no_credentials() -> ApiError:
    """Refuse no credentials, two at once, and `Bearer`, which Clockify does not support."""
    return ApiError(401, 1000, "Multiple or none auth tokens present")


def unknown_key() -> ApiError:
    """Refuse an API key that nobody has."""
    return ApiError(401, 4003, "Api key does not exist")


def bad_token() -> ApiError:
    """Refuse an invalid add-on token."""
    return ApiError(401, 4017, "Token is not valid")


def forbidden() -> ApiError:
    """Refuse what the role or the subscription does not allow; the code is a guess."""
    return ApiError(403, 403, "Access Denied")


def not_in_plan(status: int, feature: str = "") -> ApiError:
    """Refuse what the subscription does not include; status and text are not confirmed."""
    named = f": {feature} is not in your plan" if feature else ""
    return ApiError(status, status, f"Access Denied{named}")


def invalid(message: str) -> ApiError:
    """Refuse an invalid value, including an unknown id: Clockify has no 404 for those."""
    return ApiError(400, 501, message)


def not_in_workspace(what: str) -> ApiError:
    """Refuse an id that is deleted, unknown or of another workspace: the error is the same."""
    return invalid(f"{what} doesn't belong to Workspace")


def required_field(what: str) -> ApiError:
    """Refuse an entry without what the workspace demands; only the sentence on projects is known.

    Clockify's sentence on a project names both reasons, whichever applies.
    """
    if what == "Project":
        what = "Project is either required field or given project is archived"
    else:
        what = f"{what} is required field"
    return invalid(f"Time entry couldn't be created. {what}.")


def not_in_project(user_id: str, project_id: str) -> ApiError:
    """Refuse an entry of a person in a private project that they do not belong to."""
    return invalid(f"USER with id {user_id} doesn't belong to PROJECT with id {project_id}")


def locked(status: int) -> ApiError:
    """Refuse a write of locked time; status and text are not confirmed."""
    code = 501 if status == HTTPStatus.BAD_REQUEST else status
    return ApiError(status, code, "Time entry is locked")


def no_timer(workspace_id: str, user_id: str) -> ApiError:
    """Refuse to stop a timer if none is running: here, Clockify does have a 404."""
    where = f"on workspace {workspace_id} for user {user_id}"
    return ApiError(404, 404, f"Currently running time entry doesn't exist {where}.")


def bad_parameter(name: str, reason: str) -> ApiError:
    """Refuse a query parameter that cannot be read; the message echoes what was sent."""
    return ApiError(400, 3000, f"Method parameter '{name}': Failed to convert value; {reason}")


def missing_parameter(name: str) -> ApiError:
    """Refuse a request without a required query parameter."""
    return ApiError(400, 3001, f"Required request parameter '{name}' is not present")


def unreadable_body(reason: str) -> ApiError:
    """Refuse a body that is not JSON or has a value of the wrong type."""
    return ApiError(400, 3002, f"Request body is not readable: {reason}")


def no_route(path: str) -> ApiError:
    """Refuse a path that this host does not have."""
    return ApiError(404, 3000, f"No static resource {path.lstrip('/')}.")


def wrong_method(method: str) -> ApiError:
    """Refuse a method that this path does not support."""
    return ApiError(405, 3000, f"Request method '{method}' is not supported")


def broken() -> ApiError:
    """Fail where live Clockify fails, as at some unknown words; code and text are a guess."""
    return ApiError(500, 500, "Internal server error")


def too_many() -> ApiError:
    """Refuse more requests than the subscription permits; the code is a guess."""
    return ApiError(429, 429, "Too many requests")
