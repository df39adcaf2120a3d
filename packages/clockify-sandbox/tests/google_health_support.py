"""What the tests of the stand-in for Google Health share: a client that checks every answer.

The contract is Google's discovery document: each answer must be valid for the schema that it names
for the request, and each refusal must have the form that all of Google's APIs share.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import requests
from clockify_sandbox.google_health import running
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.google_health import Options, Server, World

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
TODAY = date(2026, 11, 20)
"""The day in Sydney at that instant, where it is half past five in the afternoon."""
DISCOVERY: dict[str, Any] = json.loads(
    files("googleapiclient")
    .joinpath("discovery_cache", "documents", "health.v4.json")
    .read_text(encoding="utf-8")
)
SCHEMAS: dict[str, Any] = DISCOVERY["schemas"]
MOST_PAGES = 200
PATTERNS = {
    "int64": r"^-?\d{1,19}$",
    "google-duration": r"^-?\d+(\.\d{1,9})?s$",
    "google-datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$",
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string", "minLength": 1},
                "status": {"type": "string", "pattern": "^[A-Z_]+$"},
                "details": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["@type", "reason", "domain"],
                        "properties": {
                            "@type": {"const": "type.googleapis.com/google.rpc.ErrorInfo"},
                            "reason": {"type": "string"},
                            "domain": {"type": "string"},
                            "metadata": {
                                "type": "object",
                                "additionalProperties": {"type": "string"},
                            },
                        },
                        "additionalProperties": False,
                    },
                },
            },
        }
    },
}


def json_schema(google: dict[str, Any]) -> dict[str, Any]:
    """Turn a schema of a discovery document into one of JSON Schema, as strict as the text is."""
    if "$ref" in google:
        return {"$ref": f"#/$defs/{google['$ref']}"}
    made: dict[str, Any] = {"type": google["type"]}
    if google["type"] == "object" and "properties" in google:
        members = google["properties"]
        made["properties"] = {name: json_schema(each) for name, each in members.items()}
        made["additionalProperties"] = False
        made["required"] = [
            name
            for name, each in members.items()
            if each.get("description", "").startswith("Required.")
        ]
    if google["type"] == "array":
        made["items"] = json_schema(google["items"])
    if google.get("format") in PATTERNS:
        made["pattern"] = PATTERNS[google["format"]]
    if "enum" in google:
        made["enum"] = [each for each in google["enum"] if not each.endswith("_UNSPECIFIED")]
    return made


@cache
def validator(name: str) -> Draft202012Validator:
    """Make the validator of a message."""
    defs = {each: json_schema(schema) for each, schema in SCHEMAS.items() if "type" in schema}
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": defs})


def methods(resource: dict[str, Any] = DISCOVERY) -> Iterator[dict[str, Any]]:
    """List all methods of the API."""
    yield from resource.get("methods", {}).values()
    for each in resource.get("resources", {}).values():
        yield from methods(each)


def response_of(method: str, path: str) -> str:
    """Find the message with which the API answers a request."""
    for each in methods():
        template = re.escape(each["flatPath"].removeprefix("v4/"))
        pattern = re.sub(r"\\{\w+\\}", "[^/:]+", template)
        if each["httpMethod"] == method and re.fullmatch(pattern, path):
            return str(each["response"]["$ref"])
    message = f"the contract has no {method} {path}"
    raise AssertionError(message)


@cache
def check_once(name: str, text: str) -> None:
    """Check a part of an answer. Most of them are served many times, and to check takes long."""
    validator(name).validate(json.loads(text))


def check(answer: requests.Response, method: str, path: str) -> None:
    """Check an answer in JSON against the contract."""
    if answer.status_code == 200:
        name = response_of(method, path)
        whole: dict[str, Any] = answer.json()
        for member, schema in SCHEMAS[name]["properties"].items():
            if "$ref" in schema.get("items", {}) and isinstance(whole.get(member), list):
                for each in whole[member]:
                    check_once(schema["items"]["$ref"], json.dumps(each))
                whole[member] = []
        validator(name).validate(whole)
        return
    Draft202012Validator(ERROR).validate(answer.json())
    assert answer.json()["error"]["code"] == answer.status_code


class Caller:
    """A client with an access token, which has come from the world's refresh token."""

    def __init__(self, server: Server) -> None:
        """Fetch an access token."""
        self.server = server
        self.world = server.world
        self.session = requests.Session()
        self.session.trust_env = False
        self.login()

    def login(self) -> None:
        self.token = self.exchange().json()["access_token"]

    def exchange(self, **form: Any) -> requests.Response:
        """Ask for tokens, by default with the refresh token; None leaves a field out."""
        asked = {
            "grant_type": "refresh_token",
            "client_id": self.world.client_id,
            "client_secret": self.world.client_secret,
            "refresh_token": self.world.refresh_token,
            **form,
        }
        data = {name: value for name, value in asked.items() if value is not None}
        return self.session.post(self.server.token_url, data=data, timeout=30)

    def ask(
        self, path: str, query: Any = None, body: Any = None, method: str | None = None
    ) -> requests.Response:
        """Send a request, and check what comes back."""
        method = method or ("GET" if body is None else "POST")
        answer = self.session.request(
            method,
            f"{self.server.api_url}/{path}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        if answer.headers["content-type"] == "application/json":
            check(answer, method, path)
        return answer

    def get(self, path: str, **query: Any) -> Any:
        """Get what must be there."""
        answer = self.ask(path, query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, query: Any = None, body: Any = None) -> dict[str, Any]:
        """Send a request that must fail, and return the error."""
        answer = self.ask(path, query, body)
        assert answer.status_code >= 400, answer.text
        error: dict[str, Any] = answer.json()["error"]
        return error

    def pages(self, kind: str, *, method: str = ":reconcile", **query: Any) -> list[list[Any]]:
        """Read all pages of data points."""
        path = f"users/me/dataTypes/{kind}/dataPoints{method}"
        found: list[list[Any]] = []
        token = None
        for _ in range(MOST_PAGES):
            page = self.get(path, **query, **({"pageToken": token} if token else {}))
            found.append(page.get("dataPoints", []))
            token = page.get("nextPageToken")
            if token is None:
                return found
        message = f"the pages of {kind} do not end"
        raise AssertionError(message)

    def points(self, kind: str, **query: Any) -> list[Any]:
        """Read all data points, as the values of their type."""
        field = re.sub("-(.)", lambda found: found[1].upper(), kind)
        return [point[field] for page in self.pages(kind, **query) for point in page]

    def ids(self, kind: str, **query: Any) -> list[str]:
        """Read the ids of all exercises or sleeps."""
        return [
            point["dataPointName"].rsplit("/", 1)[1]
            for page in self.pages(kind, **query)
            for point in page
        ]

    def rolled(self, kind: str, first: date, days: int, **more: Any) -> list[Any]:
        """Roll up days; the windows must be what the answer says, from the earliest on."""
        path = f"users/me/dataTypes/{kind}/dataPoints:dailyRollUp"
        body = {"range": span(first, days), **more}
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            answer = self.ask(path, body=body)
            assert answer.status_code == 200, answer.text
            found += answer.json().get("rollupDataPoints", [])
            if "nextPageToken" not in answer.json():
                return sorted(found, key=lambda each: day_of(each["civilStartTime"]))
            body = {**body, "pageToken": answer.json()["nextPageToken"]}
        message = f"the roll-ups of {kind} do not end"
        raise AssertionError(message)

    def control(self, method: str, path: str, **arguments: Any) -> requests.Response:
        url = f"{self.server.url}/google-health/_sandbox/{path}"
        return requests.request(method, url, timeout=30, **arguments)


@contextmanager
def calling(world: World, options: Options | None = None) -> Iterator[Caller]:
    """Serve a world, and call it."""
    with running(world, options) as server:
        caller = Caller(server)
        with caller.session:
            yield caller


def written(day: date) -> dict[str, int]:
    """Write a date as the API does."""
    return {"year": day.year, "month": day.month, "day": day.day}


def span(first: date, days: int) -> dict[str, Any]:
    """Write a range of days."""
    return {
        "start": {"date": written(first)},
        "end": {"date": written(first + timedelta(days=days))},
    }


def day_of(value: dict[str, Any]) -> date:
    """Read the date of a civil time."""
    return date(**value["date"])


def civil_of(value: dict[str, Any]) -> datetime:
    """Read a civil time; what is left out is zero."""
    clock = value.get("time", {})
    return datetime(  # noqa: DTZ001 -- a clock without a zone
        **value["date"],
        hour=clock.get("hours", 0),
        minute=clock.get("minutes", 0),
        second=clock.get("seconds", 0),
        microsecond=clock.get("nanos", 0) // 1000,
    )


def seconds(duration: str) -> float:
    """Read a duration."""
    return float(duration.removesuffix("s"))
