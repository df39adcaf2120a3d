"""The log: one JSON line for each event, as Cloud Logging and other collectors read it."""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from clockify_fleet.errors import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "clockify-fleet"
SEVERITIES = ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
LONGEST_MESSAGE = 10_000
"""Characters. Cloud Logging takes entries of 256 KiB; a state of Meltano can be larger."""


@dataclass
class Events:
    """Writes events, from any thread. Values that are known to be secret never leave it."""

    stream: TextIO | None = None
    """Where lines go; the standard output of the moment if none is given."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What every event of this log says, such as the organisation and the job."""
    secrets: set[str] = field(default_factory=set)
    """Shared by all logs that are made from this one."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, **fields: Any) -> Events:
        """Return a log whose events carry these fields as well."""
        return Events(self.stream, {**self.fields, **fields}, self.secrets, self.lock)

    def hide(self, secret: str) -> None:
        """Never write this value, whoever sends it."""
        if secret:
            self.secrets.add(secret)

    def without_secrets(self, text: str) -> str:
        """Return the text with every known secret replaced."""
        for secret in self.secrets:
            for form in (secret, json.dumps(secret)[1:-1]):
                text = text.replace(form, "(secret)")
        return text

    def event(self, severity: str, message: str, **fields: Any) -> None:
        """Write an event. `severity` is one of Cloud Logging's.

        A reader that has gone away is no reason to stop a load.
        """
        entry = {
            "severity": severity if severity in SEVERITIES else "INFO",
            "message": shortened(message, LONGEST_MESSAGE),
            "timestamp": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "service": SERVICE,
            **self.fields,
            **fields,
        }
        line = self.without_secrets(json.dumps(entry, ensure_ascii=False, default=str))
        stream = self.stream or sys.stdout
        with self.lock, suppress(BrokenPipeError):
            stream.write(line + "\n")
            stream.flush()

    def info(self, message: str, **fields: Any) -> None:
        """Write what is normal."""
        self.event("INFO", message, **fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Write what somebody should know, though nothing failed."""
        self.event("WARNING", message, **fields)

    def error(self, message: str, **fields: Any) -> None:
        """Write what failed."""
        self.event("ERROR", message, **fields)
