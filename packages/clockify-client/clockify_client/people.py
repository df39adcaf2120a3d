"""How to list everybody who ever belonged to a workspace."""

from __future__ import annotations

EVERY_ACCOUNT = "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED"
"""All account statuses. Without this filter, limited and deleted accounts would be missing."""

EVERYBODY = {
    "status": "ALL",
    "account-statuses": EVERY_ACCOUNT,
    "include-roles": "true",
    "sort-column": "ID",
}
"""Parameters of a list of people, whatever the status of their accounts and memberships."""
