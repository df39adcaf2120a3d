"""The private parts of the SDK that the tap relies on, each with what to do when it changes.

They are used in ``tap_clockify/tap.py`` alone. A new version of the SDK that breaks one of these
tests breaks the tap in the same place.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from singer_sdk import Tap
from singer_sdk.configuration import _dict_config
from singer_sdk.helpers import _classproperty
from singer_sdk.plugin_base import PluginBase

import tap_clockify

PACKAGE = Path(tap_clockify.__file__).parent
FACE = "tap.py"

OVERRIDDEN = {
    "_validate_config": (
        PluginBase,
        ["self", "raise_errors"],
        "TapClockify._validate_config tidies the settings before they are validated and adds our"
        " own checks: find the method that validates the configuration now, and override that.",
    ),
    "_setup_signal_handlers": (
        PluginBase,
        ["self"],
        "TapClockify._setup_signal_handlers keeps the SDK from handling signals in a program that"
        " embeds the tap: find where the SDK calls signal.signal now, and keep it from that.",
    ),
    "load_streams": (
        Tap,
        ["self"],
        "TapClockify.load_streams keeps the order of STREAMS, with sync_runs last: find where the"
        " SDK sorts the streams now.",
    ),
    "sync_all": (
        Tap,
        ["self"],
        "TapClockify.sync_all frames the whole run: find what the command calls now to sync.",
    ),
}


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_overridden_method_is_still_there(name: str) -> None:
    owner, parameters, remedy = OVERRIDDEN[name]
    method = getattr(owner, name, None)
    assert method is not None, remedy
    assert list(inspect.signature(method).parameters) == parameters, remedy


def test_settings_still_come_from_the_environment_through_one_property() -> None:
    remedy = (
        "TapClockify._env_var_config reads numbers as text, so that a wrong one gets a sentence:"
        " find where PluginBase reads environment variables now."
    )
    assert isinstance(PluginBase.__dict__.get("_env_var_config"), _classproperty.classproperty), (
        remedy
    )
    assert isinstance(PluginBase.__dict__.get("_env_var_prefix"), _classproperty.classproperty), (
        remedy
    )
    parameters = list(inspect.signature(_dict_config.parse_environment_config).parameters)
    assert parameters[:2] == ["config_schema", "prefix"], remedy


def test_configuration_is_still_kept_in_one_dictionary() -> None:
    class Kept(Tap):
        name = "kept"

        def discover_streams(self) -> list[Any]:
            return []

    given = {"a": 1}
    remedy = (
        "TapClockify._validate_config replaces self._config by the tidied settings: find where the"
        " SDK keeps the configuration now."
    )
    assert Kept(config=given)._config is given, remedy


def test_private_parts_are_used_in_the_face_alone() -> None:
    private = re.compile(r"singer_sdk[\w.]*\._|self\._tap\b|import _")
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if private.search(path.read_text(encoding="utf-8"))
    }
    assert users == {FACE}
