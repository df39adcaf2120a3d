"""The documented settings of a workspace: its rules, and those that are the same in every one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clockify_sandbox.world.model import Creators, Rules, Workspace

Json = dict[str, object]
CONSTANT = MappingProxyType(
    {
        "activeBillableHours": True,
        "adminOnlyPages": ["TEAM"],
        "automaticLock": {
            "changeDay": "FRIDAY",
            "dayOfMonth": 15,
            "firstDay": "MONDAY",
            "olderThanPeriod": "DAYS",
            "olderThanValue": 5,
            "type": "WEEKLY",
        },
        "canSeeTimeSheet": True,
        "canSeeTracker": True,
        "currencyFormat": "VALUE_SPACE_CURRENCY",
        "defaultBillableProjects": True,
        "durationFormat": "FULL",
        "isProjectPublicByDefault": True,
        "lockTimeZone": "Europe/Berlin",
        "multiFactorEnabled": False,
        "numberFormat": "COMMA_PERIOD",
        "onlyAdminsSeeAllTimeEntries": True,
        "onlyAdminsSeeBillableRates": True,
        "onlyAdminsSeeDashboard": False,
        "onlyAdminsSeePublicProjectsEntries": False,
        "projectFavorites": True,
        "projectGroupingLabel": "client",
        "projectLabel": "project",
        "projectPickerSpecialFilter": False,
        "taskLabel": "task",
        "timeRoundingInReports": False,
        "timeTrackingMode": "DEFAULT",
        "trackTimeDownToSecond": True,
        "workingDays": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
    }
)


def settings(of: Workspace) -> Json:
    """Write all documented settings of a workspace."""
    return {
        **CONSTANT,
        **_rules(of.rules),
        "round": {"round": of.rounding.mode, "minutes": str(of.rounding.minutes)},
    }


def _rules(rules: Rules) -> Json:
    before = rules.lock_before
    return {
        "forceProjects": rules.force_projects,
        "forceTasks": rules.force_tasks,
        "forceTags": rules.force_tags,
        "forceDescription": rules.force_description,
        "lockTimeEntries": None if before is None else f"{before:%Y-%m-%dT%H:%M:%S}Z",
        "entityCreationPermissions": {
            "whoCanCreateProjectsAndClients": _creators(rules.create_projects),
            "whoCanCreateTags": _creators(rules.create_tags),
            "whoCanCreateTasks": _creators(rules.create_tasks),
        },
        # These are older and say less, so they follow from the permissions above.
        "onlyAdminsCreateProject": rules.create_projects == "ADMINS",
        "onlyAdminsCreateTag": rules.create_tags == "ADMINS",
        "onlyAdminsCreateTask": rules.create_tasks == "ADMINS",
        "onlyAdminsCanChangeBillableStatus": rules.only_admins_change_billable,
    }


def _creators(value: Creators) -> Json:
    return {"value": value, "creators": []}
