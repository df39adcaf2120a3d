"""What a workspace's subscription allows, as far as the workspace itself says."""

from __future__ import annotations

import pytest
from clockify_client.subscription import Needs, Subscription, subscription_of


@pytest.mark.parametrize(
    ("plan", "features", "is_free", "range_days"),
    [
        ("PRO", [], False, 365),
        ("FREE", [], True, 31),
        ("free_2", [], True, 31),
        (None, [], False, 31),
        (None, ["ONE_YEAR_RANGE_REPORTS"], False, 365),
        ("PRO", ["ONE_MONTH_RANGE_REPORTS"], False, 31),
        ("FREE", ["UNLIMITED_REPORTS"], True, 365),
    ],
)
def test_subscription_of_a_workspace(
    plan: str | None, features: list[str], *, is_free: bool, range_days: int
) -> None:
    workspace = {"featureSubscriptionType": plan, "features": features}
    found = subscription_of(workspace)
    assert found == Subscription(
        plan or "unknown", is_free=is_free, range_days=range_days, features=frozenset(features)
    )


@pytest.mark.parametrize(
    ("features", "needs", "lacks"),
    [
        (["EXPENSES"], Needs("EXPENSES"), False),
        (["EXPENSES"], Needs("INVOICING"), True),
        (["EXPENSES"], Needs(by_admin=True), False),
        (["EXPENSES"], None, False),
        ([], Needs("EXPENSES"), False),
    ],
    ids=str,
)
def test_feature_is_lacking_only_if_others_are_named(
    features: list[str], needs: Needs | None, *, lacks: bool
) -> None:
    assert subscription_of({"features": features}).lacks(needs) is lacks


@pytest.mark.parametrize(("plan", "most"), [("FREE", 30), ("PRO", None), (None, None)])
def test_only_free_limits_the_hour(plan: str | None, most: int | None) -> None:
    assert subscription_of({"featureSubscriptionType": plan}).requests_per_hour == most
