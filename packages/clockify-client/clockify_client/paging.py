"""Read Clockify's lists to their last page, in a form of request that Clockify accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from clockify_client.errors import ClockifyError
from clockify_client.http.errors import BAD_REQUEST, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from clockify_client.client import ClockifyClient
    from clockify_client.http.session import Answer

LIST_PAGE_SIZES = (5000, 200, 50)
"""Page sizes to try in turn if Clockify rejects the previous one (facts sheet, section 4)."""

SMALLEST_MAXIMUM = 50
"""Clockify's default page size; no server-side maximum is assumed to be below it."""

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
    """Return whether a page is the last of its list.

    The header ``Last-Page`` decides if it was sent, otherwise the total number of items. Without
    either, a page that is not full is the last; but a page may also be short because the server's
    own maximum is lower than the requested size.

    Args:
        rows: Items on the page.
        asked: Items requested per page.
        header: The value of the header ``Last-Page``; None if it was not sent.
        so_far: Items read so far, including this page.
        total: Items in the whole list; None if Clockify does not say.
        maxima: A number of which any server-side maximum is assumed to be a multiple.
    """
    if not rows:
        return True
    if header is not None:
        return header
    if total is not None:
        return so_far >= total
    return rows < min(asked, SMALLEST_MAXIMUM) or rows % maxima > 0


def last_page_header(answer: Answer) -> bool | None:
    """Return the value of the header ``Last-Page``; None if it was not sent."""
    header = answer.headers.get("Last-Page")
    return None if header is None else header.strip().lower() == "true"


class Forms(Generic[Form]):
    """Forms of a request, to try in turn if Clockify rejects the previous one with status 400.

    Attributes:
        current: The form that was last accepted; initially the first one to try.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        """Start with the first form."""
        self.current, *self._others = forms

    def ask(self, request: Callable[[Form], Result]) -> Result:
        """Make a request in the current form, or else in the next one that Clockify accepts.

        Raises:
            RequestError: Clockify rejects the request in every form, or for another reason.
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
        """Wait for a request that was sent in a form; repeat it in another if it was rejected.

        Concurrent requests may all be rejected; the first one to be settled finds the form for the
        others.

        Args:
            form: The form in which the request was sent.
            begun: The pending request.
            request: Sends the request again.
            explore: Whether to try forms that no request has been accepted in yet, or only to
                repeat the request in the current form.

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
    """Read a list of the core host page by page, in pages as large as Clockify allows.

    Raises:
        ClockifyError: A response is not a list.
        RequestError: As ``ClockifyClient.get``.
    """

    def ask(number: int, size: int) -> Answer:
        return client.get(path, {**(params or {}), "page": number, "page-size": size})

    return read_pages(ask, lambda answer: listed(answer.body, f"GET {path}"), sizes)


def read_pages(
    ask: Callable[[int, int], Answer],
    items: Callable[[Answer], list[Any]],
    sizes: Sequence[int],
) -> Iterator[list[Any]]:
    """Read pages until the last one, in pages as large as Clockify allows.

    Args:
        ask: Requests a page by its number, from 1, and its size.
        items: Returns the items on a page.
        sizes: Page sizes to try in turn if Clockify rejects the previous one.

    Raises:
        RequestError: Clockify rejects every size, or the request for another reason.
    """
    forms = Forms(sizes)
    number = 1
    before: list[Any] | None = None
    while True:

        def page(size: int, number: int = number) -> Answer:
            return ask(number, size)

        answer = forms.ask(page) if number == 1 else page(forms.current)
        found = items(answer)
        if found and found == before:
            return  # The number of the page has no effect.
        yield found
        before = found
        if is_last_page(len(found), forms.current, header=last_page_header(answer)):
            return
        number += 1


def listed(found: object, request: str) -> list[Any]:
    """Return the list in a response.

    Raises:
        ClockifyError: It is not a list.
    """
    if not isinstance(found, list):
        raise ClockifyError(
            f"{request}: Clockify sent {type(found).__name__} instead of a list. Check that api_url"
            " points to Clockify."
        )
    return found
