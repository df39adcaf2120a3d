"""What children print, as events: lines of Meltano, of dbt, and of anything else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from clockify_fleet.events import SEVERITIES

NOISE = (
    "Need help fixing this problem?",
    "Meltano 4.",
    "Running extract & load...",
    "Extract & load complete!",
    "Transformation skipped.",
    "METRIC",
)
CONSEQUENCES = ("ELT could not be completed", "Extraction failed", "Loading failed")
"""What Meltano says after a plugin has said why it failed."""
ADVICE = "\nFor more detailed log"
"""Where Meltano's advice begins. It leads to files that the fleet deletes."""
OF_MACROS = "JinjaLogInfo"
"""The name of dbt's events that a macro of ours writes; the others at INFO tell nobody anything."""


@dataclass(frozen=True)
class Line:
    """A line of a child."""

    severity: str
    message: str
    plugin: str | None = None
    is_cause: bool = False
    """Whether it says why something failed, rather than that it did."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a line; None if it tells nobody anything."""
        entry = _entry(text)
        if entry is None:
            return cls._made("INFO", text, None)
        if isinstance(told := entry.get("info"), dict):
            return cls._of_dbt(told)
        plugin = str(entry["name"]) if "cmd_type" in entry and entry.get("name") else None
        message = str(entry.get("message") or "").partition(ADVICE)[0]
        return cls._made(str(entry.get("severity") or "INFO"), message, plugin)

    @classmethod
    def _of_dbt(cls, told: dict[str, Any]) -> Self | None:
        severity = str(told.get("level") or "INFO").upper().replace("WARN", "WARNING")
        if severity in {"DEBUG", "INFO"} and told.get("name") != OF_MACROS:
            return None
        lines = str(told.get("msg") or "").splitlines()
        kept = [line.strip() for line in lines if not line.strip().startswith((">", "Encountered"))]
        return cls._made(severity, " ".join(line for line in kept if line), "dbt")

    @classmethod
    def _made(cls, severity: str, message: str, plugin: str | None) -> Self | None:
        message, severity = message.strip(), severity.upper()
        if not message or any(each in message for each in NOISE):
            return None
        if message.startswith(CONSEQUENCES):
            return cls("INFO", message, plugin)
        severity = severity if severity in SEVERITIES else "INFO"
        return cls(severity, message, plugin, severity == "ERROR")


def _entry(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
