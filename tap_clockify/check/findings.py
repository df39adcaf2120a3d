"""The lines of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from clockify_client.errors import ClockifyError
from clockify_client.http.limits import BudgetSpentError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

Mark = Literal["ok", "note", "fail"]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Finding:
    """A line of the answer.

    Attributes:
        mark: ``fail`` if a run would fail for this reason; ``note`` if it would read less, or if
            this could not be checked.
        about: What it is about.
        text: A sentence.
        is_unfinished: Whether this could not be checked.
    """

    mark: Mark
    about: str
    text: str
    is_unfinished: bool = False

    def __str__(self) -> str:
        """Show it as a line."""
        return f"{self.mark:<4}  {self.about}: {self.text}"


def problem(about: str, error: ClockifyError, where: str = "") -> Finding:
    """Tell an error.

    A run that has no requests left does not fail: it waits, or leaves the rest to the next one.
    """
    if isinstance(error, BudgetSpentError):
        text = f"{where}the requests of this hour are used up, so this was not checked."
        return Finding("note", about, text, is_unfinished=True)
    return Finding("fail", about, f"{where}{error}")


def answer_to(ask: Callable[[], Answer]) -> Answer | ClockifyError:
    """Return the answer, or the error that came instead.

    Raises:
        StoppedError: A signal stopped the check.
    """
    try:
        return ask()
    except StoppedError:
        raise
    except ClockifyError as error:
        return error
