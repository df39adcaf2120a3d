"""What a workspace's subscription allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FREE_RANGE_DAYS = 31
"""Longest range of a report on Free, in days (Clockify's OpenAPI, report operations)."""

PAID_RANGE_DAYS = 365
"""Longest range to request on paid subscriptions, in days; one allows no more than a year."""

FREE_REQUESTS_PER_HOUR = 30
"""Requests per hour for a whole workspace on Free (Clockify's help, "API limitations")."""

LONG_RANGES = {"UNLIMITED_REPORTS", "ONE_YEAR_RANGE_REPORTS"}


@dataclass(frozen=True)
class Needs:
    """What Clockify must allow before a stream can be read.

    A stream without such needs is one that a run must not go without, so its refusal is a failure.

    Attributes:
        feature: The feature that the plan of the workspace must include; None if every plan has it.
        by_admin: Whether only owners and admins of the workspace may read it.
    """

    feature: str | None = None
    by_admin: bool = False


@dataclass(frozen=True)
class Subscription:
    """The limits of a workspace's subscription.

    Attributes:
        name: Clockify's name for it; "unknown" if Clockify sends none.
        is_free: Whether it is Free.
        range_days: The longest range of a report, in days.
        features: The features that it includes; empty if Clockify sends none.
    """

    name: str
    is_free: bool
    range_days: int
    features: frozenset[str] = frozenset()

    def lacks(self, needs: Needs | None) -> bool:
        """Return whether the subscription is known not to include what a stream needs."""
        feature = needs.feature if needs else None
        return feature is not None and bool(self.features) and feature not in self.features

    @property
    def requests_per_hour(self) -> int | None:
        """The hourly limit of requests; None if there is none."""
        return FREE_REQUESTS_PER_HOUR if self.is_free else None


def subscription_of(workspace: Mapping[str, Any]) -> Subscription:
    """Read the subscription from a workspace object.

    The features decide if they mention report ranges. Otherwise a workspace with a named
    subscription other than FREE counts as paid. One without a name gets the short range, which
    every subscription accepts, but no hourly limit, which only Free has.
    """
    named = workspace.get("featureSubscriptionType")
    name = str(named) if named else "unknown"
    features = {str(feature) for feature in workspace.get("features") or ()}
    is_free = name.upper().startswith("FREE")
    if features & LONG_RANGES:
        long_range = True
    elif "ONE_MONTH_RANGE_REPORTS" in features or is_free:
        long_range = False
    else:
        long_range = bool(named)
    range_days = PAID_RANGE_DAYS if long_range else FREE_RANGE_DAYS
    return Subscription(name, is_free, range_days, frozenset(features))
