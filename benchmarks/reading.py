"""What the plain stream and the floor share: the requests for the detailed report."""

from __future__ import annotations

from typing import Any

PAGE = 1000
PATH = "/reports/detailed"


def request_for(first: str, last: str, page: int) -> dict[str, Any]:
    """Return the request for one page of all entries."""
    return {
        "dateRangeStart": f"{first}T00:00:00.000",
        "dateRangeEnd": f"{last}T23:59:59.999",
        "timeZone": "UTC",
        "amounts": ["EARNED", "COST"],
        "exportType": "JSON",
        "sortOrder": "ASCENDING",
        "users": {"ids": [], "contains": "CONTAINS", "status": "ALL"},
        "detailedFilter": {
            "page": page,
            "pageSize": PAGE,
            "sortColumn": "ID",
            "options": {"totals": "CALCULATE"},
        },
    }
