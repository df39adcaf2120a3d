"""Where a list of Clockify's ends, and in which form Clockify accepts a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tap_clockify.errors import ClockifyError
from tap_clockify.http.errors import BAD_REQUEST, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from tap_clockify.clockify.client import ClockifyClient
    from tap_clockify.http.session import Answer

LIST_PAGE_SIZES = (5000, 200, 50)
"""Sizes to ask for in turn where Clockify refuses the one before (facts sheet, section 4)."""

SMALLEST_MAXIMUM = 50
"""The default size of Clockify's pages: no maximum of the server's makes a page shorter than it."""

Form = TypeVar("Form")
Result = TypeVar("Result")


def is_last_page(
    rows: int,
    asked: int,
    *,
    header: bool | None = None,
    so_far: int = 0,
    total: int | None = None,
    maxima: int = 1,
) -> bool:
    """Tell whether a list ends with a page.

    The header ``Last-Page`` decides where it was sent, then the number of items that the whole list
    has. Without both, a page that is not full is the last; but one may also be short because the
    server's own maximum is lower than what was asked for.

    Args:
        rows: Items on the page.
        asked: Items asked for.
        header: What the header ``Last-Page`` said; None without it.
        so_far: Items read, those of this page included.
        total: Items that the whole list has; None where Clockify does not say.
        maxima: What a maximum of the server's is a multiple of.
    """
    if not rows:
        return True
    if header is not None:
        return header
    if total is not None:
        return so_far >= total
    return rows < min(asked, SMALLEST_MAXIMUM) or rows % maxima > 0


def last_page_header(answer: Answer) -> bool | None:
    """Read the header ``Last-Page``; None without it."""
    header = answer.headers.get("Last-Page")
    return None if header is None else header.strip().lower() == "true"


class Forms(Generic[Form]):
    """Forms of a request, to try in turn where Clockify refuses the one before with status 400.

    Attributes:
        current: The form that was accepted last, at first the one to try first.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        """Begin with the first form."""
        self.current, *self._others = forms

    def ask(self, request: Callable[[Form], Result]) -> Result:
        """Make a request in the current form, else in the next that Clockify accepts.

        Raises:
            RequestError: Clockify refuses the request in every form, or for another reason.
        """
        form, others = self.current, list(self._others)
        while True:
            try:
                answer = request(form)
            except RequestError as error:
                if error.status != BAD_REQUEST or not others:
                    raise
                form = others.pop(0)
            else:
                self.current, self._others = form, others
                return answer

    def settle(
        self,
        form: Form,
        begun: Future[Result],
        request: Callable[[Form], Result],
        *,
        explore: bool = True,
    ) -> Result:
        """Wait for a request that was begun in a form; make it again in another if it was refused.

        Requests that are made side by side may all be refused; the first to be settled finds the
        form for the others.

        Args:
            form: The form in which the request was begun.
            begun: The request.
            request: Makes it again.
            explore: Whether to try forms that have not been accepted for any request yet, or only
                the current one once more.

        Raises:
            RequestError: As ``ask``.
        """
        try:
            return begun.result()
        except RequestError as error:
            is_last = explore and form == self.current and not self._others
            if error.status != BAD_REQUEST or is_last:
                raise
        if not explore:
            return request(self.current)
        if form == self.current:
            self.current = self._others.pop(0)
        return self.ask(request)


def pages(
    client: ClockifyClient,
    path: str,
    params: Mapping[str, Any] | None = None,
    *,
    sizes: Sequence[int] = LIST_PAGE_SIZES,
) -> Iterator[list[Any]]:
    """Read a list of the core host page by page, as large as Clockify lets them be.

    Raises:
        ClockifyError: An answer is not a list.
        RequestError: As ``ClockifyClient.get``.
    """
    forms = Forms(sizes)
    number = 1
    while True:

        def page(size: int, number: int = number) -> Answer:
            return client.get(path, {**(params or {}), "page": number, "page-size": size})

        answer = forms.ask(page) if number == 1 else page(forms.current)
        rows = _rows(answer, path)
        yield rows
        if is_last_page(len(rows), forms.current, header=last_page_header(answer)):
            return
        number += 1


def _rows(answer: Answer, path: str) -> list[Any]:
    if not isinstance(answer.body, list):
        raise ClockifyError(
            f"GET {path}: Clockify sent {type(answer.body).__name__} where a list was due."
        )
    return answer.body
