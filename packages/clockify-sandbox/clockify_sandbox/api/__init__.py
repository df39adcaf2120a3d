"""The stand-in's HTTP side: Clockify's routes, limits and errors, and faults on request."""

from clockify_sandbox.api.app import create_app
from clockify_sandbox.api.options import Options
from clockify_sandbox.standin.faults import Fault, Faults
from clockify_sandbox.standin.journal import Journal, Seen

__all__ = ["Fault", "Faults", "Journal", "Options", "Seen", "create_app"]
