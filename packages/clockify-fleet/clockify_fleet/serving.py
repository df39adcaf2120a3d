"""Serves the endpoint until it is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_fleet.errors import FleetError
from clockify_fleet.heartbeat import beating

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clockify_fleet.events import Events
    from clockify_fleet.jobs import Jobs
    from clockify_fleet.organizations import Found


def serve(
    organizations: Callable[[], Sequence[Found]],
    jobs: Jobs,
    variables: Mapping[str, str],
    options: tuple[str, ...],
    events: Events,
    address: tuple[str, int],
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        organizations: Reads the organisations.
        jobs: The job table.
        variables: Say whether jobs run here or in Cloud Run.
        options: Of the command, for child processes.
        events: Receives events.
        address: Host and port.

    Raises:
        FleetError: The extra `serve` is not installed.
    """
    try:
        # Optional, and slow to import.
        import uvicorn  # noqa: PLC0415

        from clockify_fleet import starters, trigger  # noqa: PLC0415
    except ImportError:
        raise FleetError("`serve` needs a web server. Install clockify-fleet[serve].") from None
    waiting: set[str] = set()
    name = variables.get(starters.VARIABLE)
    starter: trigger.Starter = (
        starters.CloudRunJob(name)
        if name
        else starters.ChildProcesses(options, jobs, events, waiting)
    )
    host, port = address
    with beating(jobs, waiting, events):
        events.info(f"Messages are accepted at http://{host}:{port}/")
        application = trigger.app(organizations, jobs, starter, events)
        uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False)
