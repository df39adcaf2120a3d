"""Which of the selected streams the plan and the role let a run read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError

from tap_clockify.check.findings import Finding, answer_to, problem
from tap_clockify.clockify.sight import Sight
from tap_clockify.permissions import is_refusal, reason_of
from tap_clockify.streams.base import ListStream, TimeStream

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from clockify_client.subscription import Needs

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.streams.base import ClockifyStream


@dataclass(frozen=True)
class Part:
    """Streams of a workspace that are read with the same requests.

    Attributes:
        workspace: The workspace.
        streams: The streams.
        needs: What they need of the plan or of the role.
    """

    workspace: Workspace
    streams: tuple[ClockifyStream, ...]
    needs: Needs | None

    @property
    def unread(self) -> str:
        """Say which streams cannot be read, and where; a reason must follow."""
        names = ", ".join(stream.name for stream in self.streams)
        return f"{names} cannot be read in workspace {self.workspace.id}: "

    @property
    def is_time(self) -> bool:
        """Whether the streams are made from the reports of time."""
        return isinstance(self.streams[0], TimeStream)

    @property
    def has_roles(self) -> bool:
        """Whether the streams are made from the list of people and their roles."""
        first = self.streams[0]
        return isinstance(first, ListStream) and first.listing.has_roles

    @property
    def may_be_refused(self) -> bool:
        """Whether Clockify may refuse the requests because of the plan or the role."""
        return self.needs is not None


class CatalogCheck:
    """Finds out which of the selected streams can be read."""

    def __init__(
        self,
        context: RunContext,
        streams: Sequence[ClockifyStream],
        sights: Mapping[str, Sight | ClockifyError],
    ) -> None:
        """Prepare without sending a request.

        Args:
            context: The run.
            streams: The selected streams.
            sights: What the key's owner may see, by workspace, or why Clockify does not say.
        """
        self._context = context
        self._streams = streams
        self._sights = sights

    def findings(self, selected_by: str) -> Iterator[Finding]:
        """Yield how many streams can be read, then those that cannot, and why.

        Args:
            selected_by: What selected the streams.
        """
        refused = list(self._refused())
        names = {stream.name for part, _ in refused for stream in part.streams}
        count = len(self._streams)
        readable = f"{count - len(names)} of them" if names else "all of them"
        several = len(self._context.workspaces) > 1
        where = " in every selected workspace" if several else ""
        text = f"{count} selected by {selected_by}; {readable} can be read{where}."
        if not count:
            text = f"none selected by {selected_by}, so a run would read nothing."
        yield Finding("ok" if count else "note", "Streams", text)
        for _, finding in refused:
            yield finding

    def _refused(self) -> Iterator[tuple[Part, Finding]]:
        parts = [part for item in self._context.workspaces for part in self._parts(item)]
        tasks = [partial(answer_to, partial(self._try_out, part)) for part in parts]
        for part, answer in zip(parts, self._context.workers.in_order(tasks), strict=True):
            if isinstance(answer, ClockifyError):
                yield part, self._refusal(part, answer)
            elif answer is not None:
                yield part, self._skipped(part, answer)

    def _parts(self, workspace: Workspace) -> Iterator[Part]:
        parts: dict[Hashable, list[ClockifyStream]] = {}
        for stream in self._streams:
            key: Hashable = stream.name
            if isinstance(stream, ListStream):
                key = stream.listing
            elif isinstance(stream, TimeStream):
                key = TimeStream
            parts.setdefault(key, []).append(stream)
        for found in parts.values():
            yield Part(workspace, tuple(found), _needs_of(found[0]))

    def _try_out(self, part: Part) -> str | None:
        """Return why a run would go without a part; request it, unless requests are scarce.

        Raises:
            ClockifyError: Clockify refuses the request, or it failed.
        """
        sight = self._sights.get(part.workspace.id)
        if isinstance(sight, ClockifyError) and part.has_roles:
            raise sight
        limits = self._context.client.session.limits
        is_scarce = limits.left(part.workspace.id) is not None
        if part.is_time or (part.may_be_refused and not is_scarce):
            part.streams[0].source(self._context).try_out(part.workspace)
            return None
        return self._foreseen(part)

    def _foreseen(self, part: Part) -> str | None:
        sight = self._sights.get(part.workspace.id)
        is_no_admin = isinstance(sight, Sight) and sight.roles is not None and not sight.sees_all
        by_admin = part.needs is not None and part.needs.by_admin
        if part.workspace.subscription.lacks(part.needs) or (by_admin and is_no_admin):
            return reason_of(part.workspace, part.needs)
        return None

    def _refusal(self, part: Part, error: ClockifyError) -> Finding:
        if (
            isinstance(error, RequestError)
            and is_refusal(error, part.workspace, part.needs)
            and not part.is_time
        ):
            return self._skipped(part, reason_of(part.workspace, part.needs, error.status))
        return problem("Streams", error, part.unread)

    def _skipped(self, part: Part, reason: str) -> Finding:
        if self._context.settings.strict:
            advice = "Deselect what the workspace does not have, or set strict to false."
            return Finding("fail", "Streams", f"{part.unread}{reason} {advice}")
        return Finding("note", "Streams", f"{part.unread}{reason} A run would skip this.")


def _needs_of(stream: ClockifyStream) -> Needs | None:
    """Return what reading a stream needs.

    The streams of time, and those of a list that every member may read, are never refused: without
    what they need, they are empty.
    """
    if isinstance(stream, ListStream):
        return stream.listing.all_needs
    return None if isinstance(stream, TimeStream) else stream.needs
