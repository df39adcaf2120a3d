"""Whether the warehouse equals Clockify, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from clockify_dashboard.words import age, count, listed, literal

if TYPE_CHECKING:
    from datetime import datetime

STALE_HOURS = 30
"""Age of a run above which the page warns: a daily run and some hours."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The tile's number, the sentence beside it, and whether all is well."""

    difference: str
    sentence: str
    is_equal: bool


def proof(health: Any, now: datetime) -> Proof:
    """Compare with Clockify, by the rows of clockify__sync_health with hours.

    `difference` is the largest one of a workspace and stream: what lacks in one table and is too
    much in another does not cancel out.
    """
    if health.empty:
        sentence = "No run has been recorded, so nothing can be compared."
        return Proof(difference="unknown", sentence=sentence, is_equal=False)
    reasons = [text for row in health.to_dict("records") if (text := _problem(row))]
    age_of_run = now - health["last_run_at"].min()
    when = f"{age(age_of_run)} before this page was loaded"
    if reasons:
        sentence = f"{' '.join(reasons)} The last run was {when}."
    elif age_of_run.total_seconds() > STALE_HOURS * 3600:
        sentence = f"Equal to Clockify at the last run, but it was {when}."
    else:
        return Proof(difference="0.00 h", sentence=f"Equal to Clockify, {when}.", is_equal=True)
    return Proof(difference=_largest(health), sentence=sentence, is_equal=False)


def _largest(health: Any) -> str:
    known = health["hours_difference"].dropna()
    if known.empty:
        return "unknown"
    text = f"{known.loc[known.abs().idxmax()]:+,.2f} h"
    return "0.00 h" if text in {"+0.00 h", "-0.00 h"} else text


def _problem(row: dict[str, Any]) -> str:
    """Say what is wrong in a workspace and stream; nothing if it equals Clockify."""
    if row["is_complete"] is True:
        return ""
    workspace = literal(row["workspace_name"] or row["workspace_id"])
    where = f"in workspace {workspace} (stream {literal(row['stream'])})"
    if row["status"] != "succeeded":
        return f"The last run did not read the hours {where}."
    if pd.isna(row["hours_difference"]):
        return f"The last run did not ask Clockify for its totals {where}."
    if abs(row["hours_difference"]) > 1e-6:  # noqa: PLR2004 - as clockify__sync_health
        more = "more" if row["hours_difference"] > 0 else "fewer"
        hours = f"{abs(row['hours_difference']):,.2f} hours differ {where}"
        return f"{hours}: the table holds {more} than Clockify."
    if row["rows_left_behind"] > 0:
        behind = count(row["rows_left_behind"], "row")
        return f"The hours are equal, but {behind} of an older run may be out of date {where}."
    return f"The hours are equal, but the amounts differ {where}."


def skipped(streams: Any) -> str:
    """Name the streams that were skipped, with the reason; nothing if there are none."""
    reasons = streams.assign(reason=streams["reason"].fillna("no reason given"))
    texts = [
        f"{listed(sorted(set(map(literal, rows['stream']))))} ({literal(reason)})"
        for reason, rows in reasons.groupby("reason")
    ]
    return f"Not read at the last run: {'; '.join(texts)}." if texts else ""
