"""Run the target in this process, and kill it at a chosen request or save of the ledger."""

from __future__ import annotations

import io
import threading
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests
from clockify_client.errors import ClockifyError
from clockify_client.http.limits import RateLimits
from singer_sdk.exceptions import InvalidInputLine, SingerSDKError
from standin import KEY
from target_clockify.command import Command
from target_clockify.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from standin import Standin


class KilledError(BaseException):
    """The process is killed: no ``except Exception`` may catch it."""


class Kill:
    """Kills a run at a step; requests and saves of the ledger are steps.

    Attributes:
        is_dead: Whether the run was killed; then no step has an effect any more.
    """

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        """Choose when to kill.

        Args:
            at: The number of the step, from 1; None for never.
            after: Whether the step still takes effect, though the run does not learn of it.
        """
        self.is_dead = False
        self._at = at
        self._after = after
        self._steps = 0
        self._lock = threading.Lock()

    def step(self, action: Callable[[], Any]) -> Any:
        """Carry out a step, or die."""
        with self._lock:
            if self.is_dead:
                raise KilledError
            self._steps += 1
            dies = self._steps == self._at
            self.is_dead = dies
        if dies and not self._after:
            raise KilledError
        result = action()
        if self.is_dead:
            if isinstance(result, requests.Response):
                result.close()
            raise KilledError
        return result


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: The exit code; None if it was killed.
        stdout: What it printed there: its STATE, if it printed one.
        stderr: What it printed there, and its error.
    """

    code: int | None
    stdout: str
    stderr: str

    @property
    def has_state(self) -> bool:
        """Whether it printed a STATE."""
        return bool(self.stdout.strip())


def config_for(standin: Standin, folder: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of a target that writes to the stand-in."""
    config = {
        "api_key": KEY,
        "workspace_id": standin.workspace.id,
        "api_url": standin.url,
        "requests_per_second": 1000,
        "ledger": str(folder / "ledger.json"),
        **settings,
    }
    return {name: value for name, value in config.items() if value is not None}


def initialized(config: Mapping[str, Any], lines: str) -> Ended:
    """Write the first ledger, as ``--init`` does."""
    return _ended(Kill(), lambda: Command(config=dict(config)).start_ledger(io.StringIO(lines)))


def ran(config: Mapping[str, Any], lines: str, kill: Kill | None = None) -> Ended:
    """Run the target once, as ``Command.invoke`` does."""

    def run() -> None:
        target = Command(config=dict(config))
        target.process_lines(io.StringIO(lines))
        target.process_endofpipe()

    return _ended(kill or Kill(), run)


def _ended(kill: Kill, run: Callable[[], None]) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    code: int | None = 0
    with _patched(kill), redirect_stdout(out), redirect_stderr(err):
        try:
            run()
        except (ClockifyError, SingerSDKError, InvalidInputLine) as error:
            code = 1
            err.write(f"{type(error).__name__}: {error}\n")
        except KilledError:
            code = None
    if kill.is_dead:
        code = None
    return Ended(code, out.getvalue(), err.getvalue())


@contextmanager
def _patched(kill: Kill) -> Iterator[None]:
    """Let nothing wait, and let requests and saves of the ledger be steps."""
    request, write = requests.Session.request, Storage.write
    sessions: list[requests.Session] = []

    def request_or_die(self: Any, *args: Any, **options: Any) -> Any:
        sessions.append(self)
        return kill.step(lambda: request(self, *args, **options))

    def write_or_die(self: Any, *args: Any) -> Any:
        return kill.step(lambda: write(self, *args))

    with ExitStack() as stack:
        for owner, name, value in (
            (requests.Session, "request", request_or_die),
            (Storage, "write", write_or_die),
            (RateLimits, "wait", lambda _self, _seconds: None),
        ):
            stack.enter_context(mock.patch.object(owner, name, value))
        yield
    # The target leaves its connections open, since its process ends. This one does not.
    for session in sessions:
        session.close()
