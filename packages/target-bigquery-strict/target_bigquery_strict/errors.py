"""The errors of the target: sentences that say what happened, why, and what to do."""

from __future__ import annotations

from singer_sdk.exceptions import (
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    SingerSDKError,
)


class LoadError(SingerSDKError):
    """The run cannot continue. The message holds no value of a row."""


class MissingSchemaError(LoadError, RecordsWithoutSchemaException):
    """A message comes before the SCHEMA of its stream."""


class UnfitRecordError(LoadError, MissingKeyPropertiesError):
    """A record has a column that its SCHEMA lacks, or no usable key."""
