"""Reads the JSON object that a client sends to write something, key by key, each with its type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from clockify_sandbox.api import errors, parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clockify_sandbox.api.call import Call

T = TypeVar("T")
MAX_DESCRIPTION = 3000
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class Body:
    """An object whose keys are all optional; unknown keys are ignored, as in Clockify."""

    def __init__(self, data: object, *, nulls: bool = False) -> None:
        """Take what a client sent; `nulls`: whether a key with null counts as left out."""
        if not isinstance(data, dict):
            raise errors.unreadable_body("an object is required")
        self._data: dict[str, Any] = data
        self._nulls = nulls

    def text(
        self, key: str, *, longest: int | None = None, shortest: int = 0, required: bool = False
    ) -> str | None:
        """Read a text within a range of lengths, with sentences that Clockify may word otherwise.

        Raises:
            ApiError: It is too long or too short, no text, or missing although required.
        """
        value = self._read(key, str)
        if value is None:
            if required:
                raise errors.invalid(f"{key} is required")
            return None
        if len(value) < shortest or (longest is not None and len(value) > longest):
            raise errors.invalid(f"{key} must have from {shortest} to {longest} characters")
        return value

    def flag(self, key: str) -> bool | None:
        """Read a boolean."""
        return self._read(key, bool)

    def word(self, key: str, choices: Sequence[str]) -> str | None:
        """Read one of a closed set of words."""
        value = self._read(key, str)
        if value is not None and value not in choices:
            raise errors.unreadable_body(f"{key} is none of {', '.join(choices)}")
        return value

    def instant(self, key: str) -> datetime | None:
        """Read an instant, which must have an offset or a `Z`."""
        value = self._read(key, str)
        if value is None:
            return None
        if not DATE_TIME.fullmatch(value):
            raise errors.unreadable_body(f"{key} could not be parsed")
        try:
            return parameters.instant(value)
        except ValueError as error:
            raise errors.unreadable_body(f"{key} could not be parsed") from error

    def amount(self, key: str) -> int | None:
        """Read the amount of a rate, which is sent as an object, in minor units."""
        value = self._read(key, dict)
        if value is None:
            return None
        amount = value.get("amount")
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
            raise errors.unreadable_body(f"{key}.amount must be a whole number, not below 0")
        return amount

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Read a list of texts without repetitions."""
        value = self._read(key, list)
        if value is None:
            return None
        if not all(isinstance(each, str) for each in value):
            raise errors.unreadable_body(f"{key} must be a list of texts")
        return tuple(dict.fromkeys(value))

    def objects(self, key: str, *, most: int | None = None) -> list[Body] | None:
        """Read a list of objects.

        Raises:
            ApiError: There are more than `most`, or one of them is no object.
        """
        value = self._read(key, list)
        if value is None:
            return None
        if most is not None and len(value) > most:
            raise errors.invalid(f"{key} must have at most {most} items")
        return [Body(each, nulls=self._nulls) for each in value]

    def anything(self, key: str) -> object:
        """Read a value of any type, null included."""
        return self._data.get(key)

    def _read(self, key: str, kind: type[T]) -> T | None:
        value = self._data.get(key)
        if value is None:
            if key in self._data and not self._nulls:
                raise errors.invalid(f"{key} can't have a null value")
            return None
        if not isinstance(value, kind):
            raise errors.unreadable_body(f"{key} has the wrong type")
        return value


def body_of(call: Call, data: object = None) -> Body:
    """Read the body of a request, or a part of it."""
    nulls = call.options.null_keys == "as_absent"
    return Body(call.body if data is None else data, nulls=nulls)
