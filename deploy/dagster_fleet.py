"""Dagster as the engine of the fleet. docs/dagster.md shows the same lines, and a test compares."""

import json
import os
import subprocess

from dagster import (
    AssetExecutionContext,
    Definitions,
    Failure,
    MaterializeResult,
    StaticPartitionsDefinition,
    asset,
)

# The ids of the organisations, separated by blanks: as `clockify-fleet status --json` lists them.
ORGANIZATIONS = StaticPartitionsDefinition(os.environ.get("FLEET_ORGANIZATIONS", "acme").split())


@asset(partitions_def=ORGANIZATIONS)
def clockify(context: AssetExecutionContext) -> MaterializeResult:
    """The tables of one organisation."""
    command = ["clockify-fleet", "run", context.partition_key]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for event in events:
        context.log.info("%s %s", event["severity"], event["message"])
    if done.returncode:
        errors = [event["message"] for event in events if event["severity"] == "ERROR"]
        raise Failure(errors[0] if errors else f"exit code {done.returncode}")
    job_ids = {event["job_id"] for event in events if event.get("job_id")}
    return MaterializeResult(metadata={"job_id": ", ".join(sorted(job_ids))})


definitions = Definitions(assets=[clockify])
