"""The services that the sandbox simulates: names, paths, taps and datasets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A simulated service, its tap, and the dataset that its demo loads into."""

    name: str
    """What people call it on the command line."""
    title: str
    path: str
    """The first part of its paths at the sandbox's port; empty for Clockify's, which has many."""
    tap: str
    dataset: str
    demo: str
    """The job of Meltano that loads what it has."""


CLOCKIFY = Service("clockify", "Clockify", "", "tap-clockify", "dl_clockify", "demo")
TIMECAMP = Service(
    "timecamp", "TimeCamp", "timecamp", "tap-timecamp", "dl_timecamp", "demo-timecamp"
)
FITBIT = Service(
    "fitbit", "Google Health", "google-health", "tap-fitbit", "dl_fitbit", "demo-fitbit"
)
SERVICES = (CLOCKIFY, TIMECAMP, FITBIT)


def service_of(pipeline: str) -> Service:
    """Return the service that a Meltano pipeline such as `tap-fitbit-to-…` reads.

    Others, such as copies of tables, belong to Clockify: their tables are made from its own.
    """
    return next((each for each in SERVICES if pipeline.startswith(f"{each.tap}-to-")), CLOCKIFY)
