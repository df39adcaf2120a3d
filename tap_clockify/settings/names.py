"""Names in the configuration that are of no setting and of no stream."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FOR_ALL_OTHERS = "__else__"
SOURCE = "__source__"


def unknown_settings(given: Collection[str], known: Collection[str]) -> list[str]:
    """Describe every name of the configuration that is no setting, and name the nearest one."""
    return [
        f"The setting {name} is unknown, so it has no effect.{_nearest(name, known)}"
        for name in sorted(set(given) - set(known))
    ]


def stream_map_mistakes(maps: Mapping[str, Any], streams: Collection[str]) -> list[str]:
    """Describe every stream in ``stream_maps`` that does not exist, and name the nearest one.

    A name may be a pattern, such as ``time_*``. With ``__source__``, it is the name of a new
    stream, which is made from another one.
    """
    sources = {
        name: mapped[SOURCE] if isinstance(mapped, dict) and SOURCE in mapped else name
        for name, mapped in maps.items()
        if name != FOR_ALL_OTHERS
    }
    return [
        f"stream_maps: there is no stream {source}.{_nearest(str(source), streams)}"
        for source in dict.fromkeys(sources.values())
        if not any(fnmatchcase(stream, str(source)) for stream in streams)
    ]


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
