"""Which hosts the client uses: the table in Clockify's documentation, written out."""

from __future__ import annotations

import pytest
from clockify_client.hosts import hosts_for


@pytest.mark.parametrize(
    ("config", "core", "reports"),
    [
        ({}, "https://api.clockify.me/api/v1", "https://reports.api.clockify.me/v1"),
        (
            {"region": "global"},
            "https://api.clockify.me/api/v1",
            "https://reports.api.clockify.me/v1",
        ),
        (
            {"region": "euc1"},
            "https://euc1.clockify.me/api/v1",
            "https://euc1.clockify.me/report/v1",
        ),
        (
            {"region": "use2"},
            "https://use2.clockify.me/api/v1",
            "https://use2.clockify.me/report/v1",
        ),
        (
            {"region": "euw2"},
            "https://euw2.clockify.me/api/v1",
            "https://euw2.clockify.me/report/v1",
        ),
        (
            {"region": "apse2"},
            "https://apse2.clockify.me/api/v1",
            "https://apse2.clockify.me/report/v1",
        ),
        # A subdomain stays on the global or regional core host.
        (
            {"subdomain": "acme"},
            "https://api.clockify.me/api/v1",
            "https://acme.clockify.me/report/v1",
        ),
        (
            {"subdomain": "acme", "region": "euc1"},
            "https://euc1.clockify.me/api/v1",
            "https://acme.clockify.me/report/v1",
        ),
        # Overrides; without its own, the reports host is derived from the core host's.
        (
            {"api_url": "https://developer.clockify.me/api/v1"},
            "https://developer.clockify.me/api/v1",
            "https://developer.clockify.me/report/v1",
        ),
        (
            {"api_url": "https://developer.clockify.me"},
            "https://developer.clockify.me/api/v1",
            "https://developer.clockify.me/report/v1",
        ),
        (
            {"api_url": "https://api.clockify.me"},
            "https://api.clockify.me/api/v1",
            "https://reports.api.clockify.me/v1",
        ),
        (
            {"api_url": "http://127.0.0.1:8701/api/v1/"},
            "http://127.0.0.1:8701/api/v1",
            "http://127.0.0.1:8701/report/v1",
        ),
        (
            {"reports_url": "http://127.0.0.1:8701/report/v1/"},
            "https://api.clockify.me/api/v1",
            "http://127.0.0.1:8701/report/v1",
        ),
        (
            {"reports_url": "https://reports.api.clockify.me"},
            "https://api.clockify.me/api/v1",
            "https://reports.api.clockify.me/v1",
        ),
        (
            {"reports_url": "https://proxy.example.org/clockify/reports", "subdomain": "acme"},
            "https://api.clockify.me/api/v1",
            "https://proxy.example.org/clockify/reports",
        ),
        (
            {
                "api_url": "http://localhost:1",
                "reports_url": "http://localhost:2",
                "region": "use2",
            },
            "http://localhost:1/api/v1",
            "http://localhost:2/report/v1",
        ),
        (
            {"api_url": "http://localhost:1", "subdomain": "acme"},
            "http://localhost:1/api/v1",
            "https://acme.clockify.me/report/v1",
        ),
    ],
)
def test_hosts(config: dict[str, str], core: str, reports: str) -> None:
    hosts = hosts_for(**config)
    assert (hosts.core, hosts.reports) == (core, reports)


@pytest.mark.parametrize(
    ("config", "audit_log"),
    [
        ({}, "https://auditlog-api.api.clockify.me/v1"),
        ({"subdomain": "acme"}, "https://auditlog-api.api.clockify.me/v1"),
        ({"region": "euc1"}, "https://euc1.clockify.me/auditlog/v1"),
        ({"api_url": "http://127.0.0.1:8701/api/v1"}, "http://127.0.0.1:8701/auditlog/v1"),
        ({"audit_log_url": "https://audit.example.org/v1/"}, "https://audit.example.org/v1"),
        ({"audit_log_url": "https://audit.example.org"}, "https://audit.example.org/v1"),
    ],
    ids=str,
)
def test_host_of_the_audit_log(config: dict[str, str], audit_log: str) -> None:
    assert hosts_for(**config).audit_log == audit_log
