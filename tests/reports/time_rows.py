"""Rows of entries, as the warehouse has them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from support import NOW, UpsertStore

BOTH = ("summary", "time_entries")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
LOOKBACK = dt.timedelta(days=84)
SINCE = (NOW - LOOKBACK).date()
DETAILED = r"/reports/detailed$"
SUMMARY = r"/reports/summary$"
IN_PROGRESS = r"/time-entries/status/in-progress"


def entry(store: UpsertStore, entry_id: str) -> dict[str, Any]:
    return store.tables["time_entries"][entry_id,]
