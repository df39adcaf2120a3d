"""The one error of the target: a sentence that says what happened, why, and what to do."""

from __future__ import annotations

from singer_sdk.exceptions import SingerSDKError


class LoadError(SingerSDKError):
    """The run cannot continue. The message holds no value of a row."""
