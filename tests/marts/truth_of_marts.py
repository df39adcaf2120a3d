"""What the marts must say, computed from a world in plain Python, by the descriptions alone.

This knows nothing of the SQL. `truth_of_plans` has the marts that look at plans and calendars.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clockify_sandbox.world import truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clockify_sandbox.world import World

Row = dict[str, Any]
CENTS = 100
ALWAYS = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


def monday(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def ratio(part: float, whole: float) -> float | None:
    """Divide, unless there is nothing to divide by."""
    return None if not whole else part / whole


def day_of(text: str) -> dt.date:
    """Return the day of an instant in UTC."""
    return dt.datetime.fromisoformat(text).date()


def days_of(period: Row, zone: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a period: of UTC if it begins at midnight there."""
    start, end = (instant_of(period[name]) for name in ("start", "end"))
    at = ZoneInfo("UTC" if start.astimezone(dt.UTC).time() == dt.time() else zone)
    return start.astimezone(at).date(), end.astimezone(at).date()


def instant_of(text: str) -> dt.datetime:
    """Read an instant."""
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True)
class Known:
    """A world as a warehouse sees it that began on a day, at the time of its newest run."""

    world: World
    began: dt.date
    timezone: str

    @property
    def today(self) -> dt.date:
        """The local day of the newest run."""
        return self.world.now().astimezone(ZoneInfo(self.timezone)).date()

    @cached_property
    def entries(self) -> list[Row]:
        """All entries that the warehouse has, as the mart time_entries shows them."""
        return [
            self.entry(workspace_id, row)
            for workspace_id in self.world.workspaces
            for row in truth.entry_rows(
                self.world, workspace_id, timezone=self.timezone, first=self.began, last=ALWAYS[1]
            )
        ]

    def entries_of(self, workspace_id: str, **wanted: str) -> list[Row]:
        """List the entries of a workspace with these values."""
        wanted["workspace_id"] = workspace_id
        return [row for row in self.entries if wanted.items() <= row.items()]

    def objects(self, kind: str) -> Iterator[tuple[str, Row]]:
        """List the objects of a kind in all workspaces, each with the id of its workspace."""
        for workspace_id in self.world.workspaces:
            for row in truth.object_rows(self.world, workspace_id, kind):
                yield workspace_id, row

    def project(self, workspace_id: str, project_id: str | None) -> Row:
        """Name a project and its client."""
        contents = self.world[workspace_id]
        found = contents.projects.get(project_id or "")
        client_id = found.client_id if found else None
        return {
            "project_id": project_id or "",
            "project_name": found.name if found else "(no project)",
            **self.client(workspace_id, client_id),
        }

    def client(self, workspace_id: str, client_id: str | None) -> Row:
        """Name a client."""
        found = self.world[workspace_id].clients.get(client_id or "")
        return {"client_id": client_id or "", "client_name": found.name if found else "(no client)"}

    def person(self, user_id: str) -> Row:
        """Name a person."""
        return {"user_id": user_id, "user_name": self.world.users[user_id].name}

    def is_active(self, workspace_id: str, user_id: str) -> bool:
        """Tell whether account and membership are active."""
        member = self.world[workspace_id].members[user_id]
        return member.status == self.world.users[user_id].status == "ACTIVE"

    def entry(self, workspace_id: str, row: Row) -> Row:
        """Write an entry as the mart does."""
        hours, billable = row["duration_decimal"], row["billable"]
        amount, cost = row["amount"] or 0.0, row["cost_amount"] or 0.0
        return {
            "workspace_id": workspace_id,
            "time_entry_id": row["id"],
            **self.person(row["user_id"]),
            **self.project(workspace_id, row["project_id"]),
            **{name: row[name] for name in ("task_id", "tag_ids", "tags", "description", "type")},
            "task_name": row["task"],
            "started_at": row["start"],
            "ended_at": row["end"],
            "date": row["date"],
            "week": monday(row["date"]),
            "month": row["date"].replace(day=1),
            "is_break": row["type"] == "BREAK",
            "is_billable": billable,
            "is_running": row["is_running"],
            "is_locked": row["locked"],
            "is_invoiced": row["invoice_id"] is not None,
            "invoice_id": row["invoice_id"],
            "approval_request_id": row["approval_request_id"],
            "hours": hours,
            "billable_hours": hours if billable else 0.0,
            "rate": row["rate"],
            "cost_rate": row["cost_rate"],
            "amount": amount,
            "cost_amount": cost,
            "profit": amount - cost,
            "currency": row["currency"],
        }


def time_entries(known: Known) -> list[Row]:
    """List the entries."""
    return known.entries


def project_months(known: Known) -> list[Row]:
    """Add up entries by project, month and currency."""
    names = ("workspace_id", "project_id", "project_name", "client_id", "client_name")
    return _months(known, (*names, "month", "currency"))


def client_months(known: Known) -> list[Row]:
    """Add up entries by client, month and currency."""
    return _months(known, ("workspace_id", "client_id", "client_name", "month", "currency"))


def _months(known: Known, names: tuple[str, ...]) -> list[Row]:
    found = []
    for key, rows in grouped(known.entries, names):
        sums = totals(rows, ("hours", "billable_hours", "amount", "cost_amount", "profit"))
        unpriced = [row for row in rows if not row["rate"]]
        figures: Row = {
            "billable_ratio": ratio(sums["billable_hours"], sums["hours"]),
            "margin": ratio(sums["profit"], sums["amount"]),
            "effective_rate": ratio(sums["amount"], sums["hours"]),
            "billable_hours_without_rate": sum(row["billable_hours"] for row in unpriced),
            "hours_without_cost": sum(row["hours"] for row in rows if row["cost_rate"] is None),
        }
        found.append({**key, **sums, **figures})
    return found


def uninvoiced(known: Known) -> list[Row]:
    """Add up billable time on no invoice by project, client and currency."""
    names = ("workspace_id", "client_id", "client_name", "project_id", "project_name", "currency")
    open_rows = [
        row
        for row in known.entries
        if row["is_billable"] and not row["is_invoiced"] and not row["is_running"]
    ]
    ages: dict[str, Callable[[int], bool]] = {
        "amount_0_30": lambda days: days <= 30,
        "amount_31_60": lambda days: 30 < days <= 60,
        "amount_61_90": lambda days: 60 < days <= 90,
        "amount_over_90": lambda days: days > 90,
    }
    return [
        {
            **key,
            **totals(rows, ("hours", "amount")),
            **{
                name: sum(r["amount"] for r in rows if within((known.today - r["date"]).days))
                for name, within in ages.items()
            },
            "hours_without_rate": sum(row["hours"] for row in rows if not row["rate"]),
            "oldest_date": min(row["date"] for row in rows),
        }
        for key, rows in grouped(open_rows, names)
    ]


def rate_leakage(known: Known) -> list[Row]:
    """List entries with each reason for which money may be lost."""
    costly = {row["workspace_id"] for row in known.entries if row["cost_rate"] is not None}
    names = ("workspace_id", "time_entry_id", "user_id", "user_name", "project_id", "project_name")
    names += ("client_id", "client_name", "date", "month", "hours", "currency")
    return [
        {
            **{name: row[name] for name in names},
            "reason": reason,
            "amount_at_risk": _at_risk(known, row, reason),
        }
        for row in known.entries
        for reason in _reasons(known, row, with_costs=row["workspace_id"] in costly)
    ]


def _reasons(known: Known, row: Row, *, with_costs: bool) -> Iterator[str]:
    project = known.world[row["workspace_id"]].projects.get(row["project_id"])
    if row["type"] == "REGULAR" and row["hours"]:
        if row["is_billable"] and not row["rate"]:
            yield "billable without rate"
        if not row["is_billable"] and project and project.billable:
            yield "not billable on a billable project"
        if row["is_billable"] and project is None:
            yield "billable without project"
        if with_costs and row["cost_rate"] is None:
            yield "no cost rate"
    if row["hours"] > 12:
        yield "long entry"
    if row["is_running"] and known.world.now() - row["started_at"] > dt.timedelta(hours=24):
        yield "timer left running"


def _at_risk(known: Known, row: Row, reason: str) -> float | None:
    if reason in {"billable without project", "long entry"}:
        return float(row["amount"])
    if reason in {"no cost rate", "timer left running"}:
        return None
    rate = _usual_rate(known, row)
    return None if rate is None else row["hours"] * rate / CENTS


def _usual_rate(known: Known, row: Row) -> int | None:
    """Return what an hour would cost, where a rate in the entry's currency is set."""
    contents, currency = known.world[row["workspace_id"]], row["currency"]
    project = contents.projects.get(row["project_id"])
    if project and project.hourly_rate and contents.currency_of(project.id) == currency:
        return project.hourly_rate
    member = contents.members[row["user_id"]]
    if contents.workspace.default_currency != currency:
        return None
    return member.hourly_rate or contents.workspace.hourly_rate


def sync_health(known: Known, first: dt.date) -> list[Row]:
    """Add up the window that the newest run read, for the streams that Clockify has totals of."""
    found = []
    for workspace_id in known.world.workspaces:
        rows = [
            row
            for row in known.entries
            if row["workspace_id"] == workspace_id and row["date"] >= first
        ]
        hours, amount = (sum(row[name] for row in rows) for name in ("hours", "amount"))
        found += [
            {
                "workspace_id": workspace_id,
                "stream": stream,
                "status": "succeeded",
                "reason": None,
                "window_first": first,
                **{f"hours_{of}": hours for of in ("clockify", "run", "table")},
                **{f"amount_{of}": amount for of in ("clockify", "run", "table")},
                "hours_difference": 0.0,
                "amount_difference": 0.0,
                "rows_left_behind": 0,
                "is_complete": True,
            }
            for stream in ("summary", "time_entries")
        ]
    return found


def grouped(rows: Iterable[Row], names: tuple[str, ...]) -> list[tuple[Row, list[Row]]]:
    """Group rows by some columns."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return [(dict(zip(names, key, strict=True)), members) for key, members in groups.items()]


def totals(rows: Iterable[Row], names: tuple[str, ...]) -> Row:
    """Add up some columns."""
    held = list(rows)
    return {name: sum(row[name] for row in held) for name in names}


def iso_hours(duration: str) -> float:
    """Read a duration such as `PT7H30M` in hours."""
    hours, number = 0.0, ""
    for sign in duration.removeprefix("PT"):
        if sign.isdigit():
            number += sign
        else:
            hours += int(number) / {"H": 1, "M": 60, "S": 3600}[sign]
            number = ""
    return hours
