"""A client that is hurried, as for a check, gives up after seconds, and says nothing meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from client_support import connection
from clockify_client.advice import ADVICE
from clockify_client.errors import ClockifyError
from clockify_client.http.limits import RUN, BudgetSpentError
from clockify_client.http.session import Session
from clockify_client.settings import connect
from ticking import LOGGER, limiter

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from ticking import Clock

PATH = "/user"


@pytest.mark.parametrize("is_counted", [False, True])
@pytest.mark.parametrize(
    ("retry_after", "tries"),
    [(None, 2), (2, 2), (60, 1)],
    ids=["unknown", "soon", "later"],
)
def test_it_tries_again_only_if_that_is_soon(
    server: Server,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    retry_after: int | None,
    tries: int,
    *,
    is_counted: bool,
) -> None:
    session = Session(
        auth_header=("X-Api-Key", server.world.api_key),
        user_agent="test",
        limits=limiter(clock),
        advice=ADVICE,
        logger=LOGGER,
        metrics_logger=LOGGER,
        is_hurried=True,
    )
    server.faults.add("429", match=PATH, times=None, retry_after=retry_after)
    with pytest.raises(ClockifyError, match="failed with status 429"):
        (session.counted("clients") if is_counted else session).send("GET", server.api_url + PATH)
    assert server.requests.total == tries
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    session.close()


def test_it_does_not_wait_for_the_next_hour() -> None:
    settings = replace(connection(when_budget_spent="wait"), is_hurried=True)
    client = connect(settings, user_agent="test", logger=LOGGER, metrics_logger=LOGGER)
    limits = client.session.limits
    limits.limit_hour(RUN, 1)
    limits.acquire()
    with pytest.raises(BudgetSpentError):
        limits.acquire()
