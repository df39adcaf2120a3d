"""The settings of a run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clockify_client.settings import Connection

from tap_clockify.settings.checks import start_day

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Settings:
    """The settings of a run, normalized, validated and with defaults; see ``SETTINGS``.

    Attributes:
        connection: How to talk to Clockify.
    """

    connection: Connection
    workspace_ids: tuple[str, ...]
    timezone: str | None
    start_date: str | None
    lookback_days: int
    verify_totals: str
    change_feed: str
    history_check: str
    max_removed_share: float
    allow_removals: bool
    strict: bool
    unknown_fields: str
    custom_field_columns: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, is_hurried: bool = False) -> Settings:
        """Build settings from a configuration that is normalized, validated and has defaults."""
        return cls(
            connection=replace(Connection.from_config(config), is_hurried=is_hurried),
            workspace_ids=tuple(config.get("workspace_ids") or ()),
            timezone=config.get("timezone"),
            start_date=config.get("start_date"),
            lookback_days=config["lookback_days"],
            verify_totals=config["verify_totals"],
            change_feed=config["change_feed"],
            history_check=config["history_check"],
            max_removed_share=config["max_removed_share"],
            allow_removals=config["allow_removals"],
            strict=config["strict"],
            unknown_fields=config["unknown_fields"],
            custom_field_columns=config["custom_field_columns"],
        )

    @property
    def lookback(self) -> dt.timedelta:
        """The lookback window."""
        return dt.timedelta(days=self.lookback_days)

    @property
    def verifies_totals(self) -> bool:
        """Whether to compare with Clockify's own totals."""
        return self.verify_totals != "off"

    def start_day(self, tz: dt.tzinfo) -> dt.date | None:
        """Return the local day of ``start_date``, or None if it is not set."""
        return None if self.start_date is None else start_day(self.start_date, tz)
