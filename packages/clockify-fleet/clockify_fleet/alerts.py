"""Messages to people: by mail, Slack, or whatever else Apprise knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clockify_fleet.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clockify_fleet.events import Events
    from clockify_fleet.runner import Outcome

VARIABLE = "FLEET_ALERT_URLS"


@dataclass(frozen=True)
class Alerts:
    """Where messages go. The addresses hold passwords, so they are never shown."""

    urls: tuple[str, ...] = ()

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Alerts:
        """Return what the variable says, after a check.

        Raises:
            FleetError: Apprise is missing, or does not know an address.
        """
        urls = tuple(part for part in re.split(r"[,\s]+", variables.get(VARIABLE, "")) if part)
        if urls:
            _apprise(urls)
        return cls(urls)

    def send(self, title: str, body: str, events: Events) -> None:
        """Send a message to all. One that cannot be sent is an error in the log, and no more."""
        if not self.urls:
            return
        if _apprise(self.urls).notify(title=title, body=body):
            events.info(f"Alert sent: {title}")
        else:
            events.error(
                f"An alert could not be sent to every address: {title}. Check {VARIABLE} and"
                " whether this machine reaches the addresses."
            )


def _apprise(urls: Sequence[str]) -> Any:
    try:
        # Optional, and slow to import.
        from apprise import Apprise as Sender  # noqa: PLC0415
    except ImportError:
        raise FleetError(
            f"{VARIABLE} is set, but Apprise is missing. Install clockify-fleet[alerts]."
        ) from None
    sender = Sender()
    for number, url in enumerate(urls, start=1):
        if not sender.add(url):
            raise FleetError(
                f"Address {number} of {VARIABLE} ({url.partition(':')[0]}://…) is none that"
                " Apprise knows."
            )
    return sender


def message(outcomes: Sequence[Outcome], recovered: Sequence[str]) -> tuple[str, str] | None:
    """Return title and text about a run of the fleet; None if nobody needs to know.

    Args:
        outcomes: How each job ended.
        recovered: Organisations whose job succeeded, and whose job before it had failed.
    """
    failed = [each for each in outcomes if each.is_failed]
    if not failed and not recovered:
        return None
    back = f"{len(recovered)} recovered" if recovered else ""
    title = f"{len(failed)} of {len(outcomes)} organisations failed" if failed else back
    lines = [f"{each.organization_id} (job {each.job_id}): {each.error}" for each in failed]
    if failed:
        names = " ".join(each.organization_id for each in failed)
        lines.append(f"Once the cause is removed, repeat them: clockify-fleet run {names}")
    if recovered:
        lines.append(f"Recovered: {', '.join(recovered)}")
    return f"clockify-fleet: {title}", "\n".join(lines)
