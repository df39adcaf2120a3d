"""Pages: every row comes once, however Clockify pages."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from client_support import CORE, connected
from clockify_client import paging
from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError

if TYPE_CHECKING:
    from clockify_client.client import ClockifyClient
    from requests import PreparedRequest


@dataclass
class List:
    """A list in Clockify, as a function from a request to an answer."""

    rows: int
    most: int = 5000
    clamps: bool = False
    header: bool = True

    def __call__(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        """Answer with the requested page."""
        query = {name: int(v[0]) for name, v in parse_qs(urlsplit(str(request.url)).query).items()}
        size = min(query["page-size"], self.most) if self.clamps else query["page-size"]
        if size > self.most:
            return 400, {}, json.dumps({"message": "Page size is too large", "code": 501})
        start = (query["page"] - 1) * size
        page = list(range(self.rows))[start : start + size]
        last = str(start + size >= self.rows).lower()
        return 200, {"last-page": last} if self.header else {}, json.dumps(page)


@pytest.fixture(scope="module")
def client() -> ClockifyClient:
    return connected()


def read(client: ClockifyClient, answers: Any, **options: Any) -> tuple[list[Any], int]:
    """Read a whole list; return its rows and the number of requests."""
    with responses.RequestsMock() as clockify:
        clockify.add_callback("GET", f"{CORE}/list", answers)
        rows = list(itertools.chain.from_iterable(paging.pages(client, "/list", **options)))
        return rows, len(clockify.calls)


@pytest.mark.parametrize("header", [True, False], ids=["header", "no header"])
@pytest.mark.parametrize("clamps", [True, False], ids=["clamps", "refuses"])
@pytest.mark.parametrize("most", [50, 200, 5000])
@pytest.mark.parametrize("rows", [0, 1, 49, 50, 51, 199, 200, 201, 400, 5000, 5001, 10000])
def test_every_row_comes_once(
    client: ClockifyClient,
    rows: int,
    most: int,
    clamps: bool,  # noqa: FBT001
    header: bool,  # noqa: FBT001
) -> None:
    found, requests = read(client, List(rows, most, clamps, header))
    assert found == list(range(rows))
    pages = max(1, -(-rows // most))
    refused = 0 if clamps else {5000: 0, 200: 1, 50: 2}[most]
    # Without the header, only an empty or very short page is known to be the last.
    assert pages + refused <= requests <= pages + refused + (not header)


@pytest.mark.parametrize("rows", [200, 400])
def test_header_saves_the_empty_page(client: ClockifyClient, rows: int) -> None:
    assert read(client, List(rows, most=200, clamps=True))[1] == rows // 200


def test_empty_page_ends_the_list_even_if_the_header_denies_it(client: ClockifyClient) -> None:
    assert read(client, lambda _: (200, {"Last-Page": "false"}, "[]")) == ([], 1)


@pytest.mark.parametrize("value", ["true", "True", " TRUE "])
def test_header_is_read_in_any_case(client: ClockifyClient, value: str) -> None:
    assert read(client, lambda _: (200, {"LAST-PAGE": value}, json.dumps([0] * 50)))[1] == 1


def test_page_size_refused_on_all_levels_is_an_error(client: ClockifyClient) -> None:
    with pytest.raises(RequestError) as caught:
        read(client, List(10, most=49))
    assert str(caught.value) == (
        f'GET {CORE}/list failed with status 400: "Page size is too large". Clockify does not'
        " accept these values."
    )


def test_refusal_in_the_middle_is_an_error(client: ClockifyClient) -> None:
    """With another page size, the pages would be different ones."""
    whole = List(10_000)

    def refuse_the_second_page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        return (400, {}, "{}") if "page=2" in str(request.url) else whole(request)

    with pytest.raises(RequestError, match="failed with status 400"):
        read(client, refuse_the_second_page)


def test_anything_but_a_list_is_an_error(client: ClockifyClient) -> None:
    with pytest.raises(ClockifyError) as caught:
        read(client, lambda _: (200, {}, '{"message": "hello"}'))
    assert str(caught.value) == (
        "GET /list: Clockify sent dict instead of a list. Check that api_url points to Clockify."
    )
