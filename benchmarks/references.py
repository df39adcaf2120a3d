"""What the tap is compared with: the replaced functions and the usual connector."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.standin import StandIn

PAUSE = 1.0
PAGE = 50
GROUPS = ("USER", "PROJECT", "TAG")
TIMEOUT = 60


@dataclass(frozen=True)
class Took:
    """The cost of a reference, as far as it was run."""

    requests: int
    wall: float
    done: int
    """Days or people that were actually read."""


def day_by_day(standin: StandIn, first: dt.date, days: int) -> Took:
    """Request the summary of one day after another with a pause, as the replaced functions did."""
    session = _session(standin)
    url = f"{standin.config['reports_url']}/workspaces/{standin.workspace}/reports/summary"
    began = time.monotonic()
    for number in range(days):
        day = first + number * dt.timedelta(days=1)
        body = {
            "dateRangeStart": f"{day}T00:00:00.000",
            "dateRangeEnd": f"{day}T23:59:59.999",
            "summaryFilter": {"groups": GROUPS},
            "exportType": "JSON",
        }
        session.post(url, json=body, timeout=TIMEOUT).raise_for_status()
        time.sleep(PAUSE)
    return Took(days, time.monotonic() - began, days)


def person_by_person(standin: StandIn, first: dt.date, most: int) -> tuple[Took, int]:
    """Read the entries of one person after another, as the usual connector does.

    Returns:
        What reading at most so many people took, and how many people there are in all.
    """
    session = _session(standin)
    base = f"{standin.config['api_url']}/workspaces/{standin.workspace}"
    began = time.monotonic()
    asked = 0
    people: list[str] = []
    for page in _pages(session, f"{base}/users", {}):
        asked += 1
        people += [person["id"] for person in page]
    for person in people[:most]:
        start = {"start": f"{first}T00:00:00Z"}
        for _ in _pages(session, f"{base}/user/{person}/time-entries", start):
            asked += 1
    return Took(asked, time.monotonic() - began, min(most, len(people))), len(people)


def _session(standin: StandIn) -> requests.Session:
    session = requests.Session()
    session.headers["X-Api-Key"] = standin.config["api_key"]
    return session


def _pages(session: requests.Session, url: str, query: dict[str, Any]) -> Iterator[list[Any]]:
    number, is_last = 0, False
    while not is_last:
        number += 1
        params = {**query, "page": number, "page-size": PAGE}
        answer = session.get(url, params=params, timeout=TIMEOUT)
        answer.raise_for_status()
        is_last = answer.headers["Last-Page"] == "true"
        yield answer.json()
