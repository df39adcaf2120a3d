"""A local BigQuery with marts, once for each module, since dbt takes its time."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.bigquery import running
from dbt_runs import Dbt
from support import KEYS, UpsertStore, run_tap, serving
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from dbt_runs import DbtProcess

DATASET = "dl_clockify"
# As in meltano.yml.
ALIASES = {"summary": {"__alias__": "summary_time_entry_report"}}


class Warehouse:
    """A local BigQuery that holds what the tap extracted from a world, and the marts over it."""

    def __init__(self, dbt: Dbt) -> None:
        """Begin without tables."""
        self.dbt = dbt
        self.bigquery = dbt.bigquery
        self.store = UpsertStore()

    def sync(self, world: World, **config: Any) -> None:
        """Run the tap with all streams on a world, and load what it sends."""
        with serving(world) as server:
            self.sync_from(server, **config)

    def sync_from(self, server: Server, **config: Any) -> None:
        """Do the same with a world that is served already."""
        messages = run_tap(server, self.store.state, KEYS, stream_maps=ALIASES, **config)
        self.store.apply(messages)
        lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
        target = TargetBigQueryStrict(config={"project": self.bigquery.project, "dataset": DATASET})
        try:
            target.listen(io.BytesIO(lines))  # type: ignore[arg-type]
        finally:
            target.close()


@pytest.fixture(scope="module")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, dbt_process: DbtProcess
) -> Iterator[Warehouse]:
    """Run an empty local BigQuery for the tests of a module."""
    with running() as bigquery, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
        yield Warehouse(Dbt(dbt_process, bigquery, tmp_path_factory.mktemp("dbt")))
