"""The floor: read the same JSON, write the same messages, and do nothing else.

Run as ``python -m benchmarks.floor REPORTS_URL FIRST LAST``.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import msgspec
import requests

from benchmarks.reading import PATH, request_for

FLUSH_AT = 1 << 16


class Interval(msgspec.Struct, rename="camel"):
    """When an entry was."""

    start: str
    end: str
    duration: int


class Row(msgspec.Struct, rename="camel"):
    """The keys of an entry that are written."""

    time_interval: Interval
    id: str = msgspec.field(name="_id")
    user_id: str
    user_name: str
    description: str
    billable: bool
    amount: float
    rate: float
    currency: str
    type: str
    is_locked: bool
    tags: list[dict[str, str]]
    project_id: str | None
    project_name: str | None
    client_id: str | None
    client_name: str | None


class Page(msgspec.Struct):
    """A page of the report."""

    timeentries: list[Row]


def main() -> None:
    """Read all pages, write all messages."""
    url, first, last = sys.argv[1:]
    session = requests.Session()
    decoder, encoder = msgspec.json.Decoder(Page), msgspec.json.Encoder()
    started = dt.datetime.now(dt.UTC).isoformat()
    out = bytearray()
    number, is_last = 0, False
    while not is_last:
        number += 1
        answer = session.post(url + PATH, json=request_for(first, last, number), timeout=60)
        is_last = answer.headers["Last-Page"] == "true"
        rows = decoder.decode(answer.content).timeentries
        for stream, shape in (("time_entries", _entry), ("summary", _sum)):
            message: dict[str, Any] = {"type": "RECORD", "stream": stream}
            for row in rows:
                message["record"] = shape(row, started)
                message["time_extracted"] = dt.datetime.now(dt.UTC)
                encoder.encode_into(message, out, -1)
                out += b"\n"
                if len(out) > FLUSH_AT:
                    sys.stdout.buffer.write(out)
                    out.clear()
    sys.stdout.buffer.write(out)


def _entry(row: Row, started: str) -> dict[str, Any]:
    interval = row.time_interval
    return {
        "id": row.id,
        "workspace_id": "a" * 24,
        "user_id": row.user_id,
        "user": row.user_name,
        "project_id": row.project_id,
        "project": row.project_name,
        "task_id": None,
        "task": None,
        "client_id": row.client_id,
        "client": row.client_name,
        "tag_ids": row.tags[0]["_id"],
        "tags": row.tags[0]["name"],
        "description": row.description,
        "billable": row.billable,
        "start": interval.start,
        "end": interval.end,
        "date": interval.start[:10],
        "duration_seconds": interval.duration,
        "duration_decimal": interval.duration / 3600,
        "rate": row.rate / 100,
        "amount": row.amount / 100,
        "cost_rate": None,
        "cost_amount": 0.0,
        "currency": row.currency,
        "type": row.type,
        "is_locked": row.is_locked,
        "is_running": False,
        "approval_request_id": None,
        "is_invoiced": False,
        "invoice_id": None,
        "custom_fields": None,
        "import_timestamp": started,
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }


def _sum(row: Row, started: str) -> dict[str, Any]:
    return {
        "workspace_id": "a" * 24,
        "user": row.user_name,
        "user_id": row.user_id,
        "project": row.project_name,
        "project_id": row.project_id,
        "client": row.client_name,
        "client_id": row.client_id,
        "tags": row.tags[0]["name"],
        "tag_id": row.tags[0]["_id"],
        "date": row.time_interval.start[:10],
        "duration_decimal": row.time_interval.duration / 3600,
        "amount_decimal": row.amount / 100,
        "currency": row.currency,
        "import_timestamp": started,
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }


if __name__ == "__main__":
    main()
