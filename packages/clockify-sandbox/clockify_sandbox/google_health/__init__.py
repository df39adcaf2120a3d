"""A stand-in for Google Health: a person's data, served as Google's API serves them."""

from clockify_sandbox.google_health.building import build_empty, build_person
from clockify_sandbox.google_health.options import Options
from clockify_sandbox.google_health.serving import Server, gateway, running
from clockify_sandbox.google_health.world import World

__all__ = ["Options", "Server", "World", "build_empty", "build_person", "gateway", "running"]
