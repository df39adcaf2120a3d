"""The world that the stand-in serves: records, a clock, edits, and the expected tables."""

from clockify_sandbox.world.agency import build_agency, build_empty
from clockify_sandbox.world.client_workspace import open_client_workspace
from clockify_sandbox.world.clock import Clock
from clockify_sandbox.world.world import Contents, World

__all__ = ["Clock", "Contents", "World", "build_agency", "build_empty", "open_client_workspace"]
