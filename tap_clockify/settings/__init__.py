"""The tap's settings: their declaration, what JSON schema cannot check, and their values."""

from tap_clockify.settings.checks import BOUNDS, mistakes, start_day, tidied, unused_key
from tap_clockify.settings.declaration import SETTINGS
from tap_clockify.settings.names import stream_map_mistakes, unknown_settings
from tap_clockify.settings.values import Settings

__all__ = [
    "BOUNDS",
    "SETTINGS",
    "Settings",
    "mistakes",
    "start_day",
    "stream_map_mistakes",
    "tidied",
    "unknown_settings",
    "unused_key",
]
