"""Switches for what the contract of Google Health leaves open, each set to what is most likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Options:
    """How the stand-in behaves where the contract is silent or contradicts itself.

    Every default is the likeliest reading; a client must work with every value.
    """

    # Authorization

    token_seconds: int = 3600
    """Seconds for which an access token is valid; `expires_in` is one less."""
    refresh_days: int | None = None
    """Days after which refresh tokens die: 7 while the consent screen is in testing."""
    consent: Literal["granted", "denied"] = "granted"
    """What the person answers on the consent page."""
    consent_scopes: tuple[str, ...] | None = None
    """The scopes that the person ticks, by full name; None: all that are asked for."""
    new_refresh_token: Literal["prompted", "always"] = "prompted"  # noqa: S105 -- a switch
    """Whether a code for an account that has consented before brings a refresh token only if the
    consent page was asked for with `prompt=consent`."""

    # Data points

    data_point_ids: Literal["numeric", "uuid"] = "numeric"
    """Ids of exercises and sleeps: the examples show both."""
    activity_level_filter: Literal["interval", "daily"] = "interval"
    """How `activity-level` is filtered: it has an interval, but is called a daily type."""
    basal_energy_listed: bool = True
    """Whether `basal-energy-burned` has any data points."""
    unknown_type: Literal[400, 404] = 400
    """Status of the answer for a data type that does not exist."""
    midnight: Literal["empty", "omitted"] = "empty"
    """What midnight is in a civil time: `"time": {}`, or no `time` at all."""

    # Pages

    empty_pages: bool = True
    """Whether an empty page follows the first one, if the result has more than one page."""
    paging: Literal["key", "offset"] = "key"
    """Whether a page starts after the last point served, or after so many points. In the second
    case a point that appears between two pages is served twice, or shifts another out of sight."""

    # Roll-ups

    rollup_order: Literal["ascending", "descending"] = "descending"
    """The order of roll-ups, which the contract does not mention."""
    zero_sums: Literal["empty", "zero", "left_out"] = "empty"
    """What a sum of zero is: a value without its field, a field that is zero, or no roll-up."""
    activity_level_rollup: bool = True
    """Whether `dailyRollUp` supports `activity-level`: the older table of types says no."""

    # Files

    tcx_times: Literal["offset", "utc"] = "offset"
    """Times in an exported file: local ones with their offset, or in UTC."""

    # Limits

    requests_per_minute: int | None = None
    """Requests in any minute of the world's clock before a 429; None: no limit."""
