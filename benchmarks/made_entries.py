"""Messages of `time_entries`: any number, always the same, about as compressible as real ones.

Half of an entry's id or more is random, as in Clockify; people, projects and tags recur.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE, CLIENTS, PROJECTS, TAGS = 100, 30, 120, 25
DAYS = 3650
FIRST = dt.datetime(2016, 1, 4, 6, tzinfo=dt.UTC)
EXTRACTED = dt.datetime(2026, 1, 5, 6, tzinfo=dt.UTC)
RATES = (85.0, 92.5, 110.0, 120.5, 133.0)
SECONDS_AN_HOUR = 3600
GIVEN = ("Anna", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Grace", "Hiro", "Inés", "Jamal")
FAMILY = ("Öztürk", "Nguyen", "Al-Zahra", "Smith", "García", "Kowalski", "Müller", "Okafor", "Ito")
_WORDS = """\
align analyse answer approve archive assign audit balance banner billing board branch brief budget
build calendar call campaign catalogue chart check checkout client comment compare contract copy
correct customer dashboard data debug delivery deploy design draft edit email error estimate
export feedback figure filter fix follow-up footer form forum gallery header hosting image import
index install interview invoice issue layout letter library licence link logo login mailing
meeting menu merge migrate mobile model monitor newsletter offer order outline overview page patch
payment permission photo plan planning poster prepare print privacy product proposal prototype
publish query quote rename render reply report request research review rework roadmap rollout
schedule search section server shop signature sitemap sketch slide sprint staging style summary
support survey switch table template test text ticket training translate update upload validate
video visit warehouse website widget workshop write the a for with of and to from new old first
second last all some their our after before
"""
WORDS = _WORDS.split()


@dataclass
class Made:
    """What was written to a file, to be compared with a table."""

    rows: int = 0
    seconds: int = 0
    """Sum of `duration_seconds`."""
    characters: int = 0
    """Sum of the lengths of the descriptions."""
    bytes: int = 0


def write(path: Path, schema: bytes, rows: int) -> Made:
    """Write the SCHEMA, as many rows, and a STATE; return their sums."""
    made, rng, encoder = Made(), random.Random(rows), msgspec.json.Encoder()  # noqa: S311
    pools = _Pools(rng)
    with path.open("wb") as file:
        made.bytes += file.write(schema + b"\n")
        for number in range(rows):
            record = pools.entry(FIRST + dt.timedelta(days=DAYS * number / rows))
            message = {"type": "RECORD", "stream": "time_entries", "record": record}
            message["time_extracted"] = EXTRACTED + dt.timedelta(microseconds=37 * number)
            made.rows += 1
            made.seconds += record["duration_seconds"]
            made.characters += len(record["description"])
            made.bytes += file.write(encoder.encode(message) + b"\n")
        made.bytes += file.write(b'{"type":"STATE","value":{"bookmarks":{}}}\n')
    return made


class _Pools:
    """What entries refer to."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._workspace = self._id(FIRST)
        self._people = [
            (self._id(FIRST), f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}") for _ in range(PEOPLE)
        ]
        clients = [(self._id(FIRST), f"{self._words(2).title()} Ltd") for _ in range(CLIENTS)]
        self._projects = [
            (self._id(FIRST), self._words(3).capitalize(), *rng.choice(clients))
            for _ in range(PROJECTS)
        ]
        self._tags = [(self._id(FIRST), self._words(1)) for _ in range(TAGS)]

    def entry(self, start: dt.datetime) -> dict[str, Any]:
        rng = self._rng
        start = start.replace(microsecond=0)
        user_id, user = rng.choice(self._people)
        project_id, project, client_id, client = rng.choice(self._projects)
        tag_id, tag = rng.choice(self._tags)
        seconds, rate = rng.randrange(60, 15000), rng.choice(RATES)
        return {
            "id": self._id(start),
            "workspace_id": self._workspace,
            "user_id": user_id,
            "user": user,
            "project_id": project_id,
            "project": project,
            "task_id": None,
            "task": None,
            "client_id": client_id,
            "client": client,
            "tag_ids": tag_id,
            "tags": tag,
            "description": f"WEB-{rng.randrange(9000)}: {self._words(rng.randrange(2, 10))}",
            "billable": rng.random() < 0.8,  # noqa: PLR2004
            "start": start,
            "end": start + dt.timedelta(seconds=seconds),
            "date": start.date(),
            "duration_seconds": seconds,
            "duration_decimal": seconds / SECONDS_AN_HOUR,
            "rate": rate,
            "amount": round(seconds * rate / SECONDS_AN_HOUR, 2),
            "cost_rate": None,
            "cost_amount": 0.0,
            "currency": "EUR",
            "type": "REGULAR",
            "is_locked": False,
            "is_running": False,
            "approval_request_id": None,
            "is_invoiced": False,
            "invoice_id": None,
            "custom_fields": None,
            "import_timestamp": EXTRACTED,
            "_sdc_deleted_at": None,
            "is_deleted": False,
        }

    def _id(self, at: dt.datetime) -> str:
        """Return an id as MongoDB makes them: the second, and random digits."""
        return f"{int(at.timestamp()):08x}{self._rng.getrandbits(64):016x}"

    def _words(self, count: int) -> str:
        return " ".join(self._rng.choices(WORDS, k=count))
