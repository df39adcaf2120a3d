"""The documented settings of a workspace that are the same in every workspace of the sandbox."""

from __future__ import annotations

from types import MappingProxyType

CREATORS = {"value": "ADMINS", "creators": []}
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
        "entityCreationPermissions": {
            "whoCanCreateProjectsAndClients": CREATORS,
            "whoCanCreateTags": CREATORS,
            "whoCanCreateTasks": CREATORS,
        },
        "forceDescription": False,
        "forceProjects": False,
        "forceTags": False,
        "forceTasks": False,
        "isProjectPublicByDefault": True,
        "lockTimeEntries": "2019-12-31T00:00:00Z",
        "lockTimeZone": "Europe/Berlin",
        "multiFactorEnabled": False,
        "numberFormat": "COMMA_PERIOD",
        "onlyAdminsCanChangeBillableStatus": False,
        "onlyAdminsCreateProject": True,
        "onlyAdminsCreateTag": False,
        "onlyAdminsCreateTask": False,
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
