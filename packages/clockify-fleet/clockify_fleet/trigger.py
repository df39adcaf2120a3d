"""The endpoint for a Pub/Sub push: it checks a message, starts a job, and answers at once.

A push must be answered before its deadline (at most ten minutes), and a sync may take longer.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from clockify_fleet.errors import FleetError
from clockify_fleet.jobs import Job, Jobs, Status
from clockify_fleet.organizations import ID, Found, Organization, reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clockify_fleet.events import Events

Model = TypeVar("Model", bound=BaseModel)
MESSAGES = uuid.UUID("0f1c5c2e-3f0a-4f0e-9d0c-6d2a5f3f7b11")
"""Names the job of a message that names none: the same message is always the same job."""


class Asked(BaseModel):
    """What a message may say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    organization_id: Annotated[str, StringConstraints(pattern=ID)]
    job_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None
    full_refresh: bool = False


class Message(BaseModel):
    """A message of Pub/Sub. Other fields are Pub/Sub's own."""

    data: str
    # Pub/Sub sends it under both names.
    message_id: str = Field(validation_alias=AliasChoices("messageId", "message_id"))


class Push(BaseModel):
    """The body of a push: https://cloud.google.com/pubsub/docs/push."""

    message: Message


class Starter(Protocol):
    """Starts a job in another process, here or in the cloud."""

    def start(self, organization_id: str, job_id: str, *, full_refresh: bool) -> None:
        """Start it, and do not wait for its end."""


def app(
    organizations: Callable[[], Sequence[Found]], jobs: Jobs, starter: Starter, events: Events
) -> FastAPI:
    """Return the application, with its one route.

    Args:
        organizations: Reads the organisations; they may change while it serves.
        jobs: The job table, which also knows messages that were delivered before.
        starter: Starts what is asked for.
        events: Receives an event for each message.
    """
    application = FastAPI(openapi_url=None)

    @application.post("/")
    async def push(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_answer, body, organizations, jobs, starter, events)

    return application


def _answer(
    body: bytes,
    organizations: Callable[[], Sequence[Found]],
    jobs: Jobs,
    starter: Starter,
    events: Events,
) -> Response:
    try:
        asked, job_id = _read(body)
        job = _job(asked.organization_id, job_id, organizations())
    except RefusedError as error:
        events.warning(f"A message was refused: {error}")
        return JSONResponse({"error": str(error), "field": error.field}, status_code=400)
    told = events.of(organization_id=asked.organization_id, job_id=job_id)
    answer = {"organization_id": asked.organization_id, "job_id": job_id}
    if not jobs.accept(job):
        told.info("A message was delivered again; nothing is started.")
        return JSONResponse({**answer, "status": "duplicate"}, status_code=200)
    try:
        starter.start(asked.organization_id, job_id, full_refresh=asked.full_refresh)
    except FleetError as error:
        jobs.forget(job_id)
        told.error(f"The job could not be started: {error}")
        return JSONResponse({**answer, "error": str(error)}, status_code=503)
    told.info("A message was accepted; its job is started.")
    return JSONResponse({**answer, "status": Status.IN_PROGRESS}, status_code=202)


class RefusedError(Exception):
    """A message that is wrong; Pub/Sub delivers it again, until its dead-letter topic takes it."""

    def __init__(self, field: str, reason: str) -> None:
        """Name the field."""
        super().__init__(reason)
        self.field = field


def _read(body: bytes) -> tuple[Asked, str]:
    push = _validated(Push, body, "")
    try:
        data = base64.b64decode(push.message.data, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError("message.data", "message.data is no base64") from None
    asked = _validated(Asked, data, "message.data")
    return asked, asked.job_id or str(uuid.uuid5(MESSAGES, push.message.message_id))


def _validated(model: type[Model], text: bytes, place: str) -> Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or place or "body"
        reason = "; ".join(reasons(error)).strip(": ")
        raise RefusedError(field, f"{place}: {reason}" if place else reason) from None


def _job(name: str, job_id: str, found: Sequence[Found]) -> Job:
    for each in found:
        if each.organization_id == name:
            if not isinstance(each, Organization):
                raise RefusedError("organization_id", f"organization_id: {each.reason}")
            if not each.enabled:
                raise RefusedError("organization_id", f"organization_id: {name} is not enabled")
            return Job(job_id, name, each.kind, each.destination_dataset)
    raise RefusedError("organization_id", f'organization_id: "{name}" is not configured')
