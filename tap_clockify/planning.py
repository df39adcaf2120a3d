"""Plan a run for ``--plan``, with at most three requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.progress import ThingsProgress
from tap_clockify.report_pass import WorkspacePass
from tap_clockify.request_plan import RequestPlan, list_pages
from tap_clockify.streams.base import DirectoryStream
from tap_clockify.streams.time import selected_of

if TYPE_CHECKING:
    from tap_clockify.tap import TapClockify, Workspace


def plan_run(tap: TapClockify) -> RequestPlan:
    """Plan the requests of a run with the tap's settings, catalog and state.

    Asks for the account's time zone, for the workspaces, and for how many entries the first of
    them has to read; for the others, at least one page is planned.
    """
    is_zone_known = "timezone" in tap.config
    workspaces = tap.workspaces
    limits = tap.api.limits
    plan = RequestPlan(
        float(tap.config["requests_per_second"]), limits.left(), limits.tightest_hour()
    )
    plan.add("(account)", 0 if is_zone_known else 1, "time zone of the calendar")
    plan.add("(workspaces)", 1, "workspaces and their plans")
    for workspace in workspaces:
        _plan_directory(tap, workspace, plan)
        _plan_reports(tap, workspace, plan, count=workspace == workspaces[0])
    return plan


def _plan_directory(tap: TapClockify, workspace: Workspace, plan: RequestPlan) -> None:
    for stream in tap.streams.values():
        if isinstance(stream, DirectoryStream) and stream.selected:
            partition = tap.run_state.partition(stream.name, workspace.id)
            known = len(list(ThingsProgress(stream.name, partition).missing()))
            plan.add(stream.name, list_pages(known), f"list of {workspace.id}")


def _plan_reports(
    tap: TapClockify, workspace: Workspace, plan: RequestPlan, *, count: bool
) -> None:
    streams = selected_of(tap)
    if not streams:
        return
    reading = WorkspacePass(tap, workspace, streams)
    reading.take_up()
    names = " + ".join(stream.name for stream in streams)
    entries = reading.count_entries() if count else None
    counted = f"{entries} entries" if entries is not None else "at least one page each"
    windows = reading.plan.windows
    spans = f"{reading.plan.trailing} in {len(windows)} windows"
    plan.add(names, reading.plan.pages(entries), f"detailed report, {spans}, {counted}")
    if tap.config["verify_totals"] != "off":
        plan.add(names, len(windows), "summary report: Clockify's own totals of the same windows")
    if any(stream.wants_running for stream in streams):
        plan.add(names, 1, "running timers")
    plan.add(names, reading.feed_requests, "change feed: created, updated, deleted")
