"""A stand-in for TimeCamp: a company and its time, served as TimeCamp's API serves them."""

from clockify_sandbox.timecamp.company import build_company, build_empty
from clockify_sandbox.timecamp.options import Options
from clockify_sandbox.timecamp.serving import Server, gateway, running
from clockify_sandbox.timecamp.world import World

__all__ = ["Options", "Server", "World", "build_company", "build_empty", "gateway", "running"]
