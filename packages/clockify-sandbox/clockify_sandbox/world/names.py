"""The names in the agency, as awkward as real ones: commas, quotes, accents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clockify_sandbox.world.model import AccountStatus, MembershipStatus

TIME_ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Europe/London",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Honolulu",
    "Africa/Cairo",
    "Pacific/Kiritimati",
)
CURRENCIES = ("EUR", "USD", "GBP")
PEOPLE = (
    "Anna Öztürk",
    "Björn Ångström",
    "Chidi O'Neill",
    "Dana, the Second",
    'Émile "Milo" Zola',
    "Fatima Al-Zahra",
    "Γιώργος Παπαδόπουλος",
    "Hiroshi 田中",
    "Inés Núñez",
    "João da Silva",
    "Kateřina Dvořáková",
    "Lars Müller",
    "Mia Novák",
    "Nils Holm",
)
STATUSES: dict[int, tuple[AccountStatus, MembershipStatus]] = {
    2: ("ACTIVE", "INACTIVE"),
    3: ("LIMITED", "ACTIVE"),
    4: ("NOT_REGISTERED", "PENDING"),
    5: ("DELETED", "INACTIVE"),
    6: ("PENDING_EMAIL_VERIFICATION", "ACTIVE"),
    7: ("LIMITED_DELETED", "INACTIVE"),
}
"""Account and membership status of the n-th person after the owner; all others are active."""
CLIENTS = (
    "Adler & Söhne",
    'Bäckerei "Zum Ofen"',
    "Crumb, Loaf & Partners",
    "Déjà Vu SARL",
    "Elephant Ltd",
    "Føroyar Travel",
    "株式会社さくら",
    "O'Hara Legal",
)
PROJECTS = (
    "Website",
    "Rebranding 2025, phase 2",
    "Website",
    'App "Möwe"',
    "Search engine's cradle",
    "Café menu",
    "Internal",
    "Campaign; spring",
    "Trade fair 東京",
    "Newsletter",
    "Film",
    "Shop",
    "Audit",
    "Pitch",
    "Project template",
)
TASKS = ("Design", "Copy, long", 'Review "final"', "Übergabe")
TAGS = (
    "urgent",
    "old way",
    "on-site, abroad",
    'night "shift"',
    "überstunden",
    "remote",
    "travel",
    "日本",
)
COLORS = ("#03A9F4", "#8BC34A", "#FF5722", "#9C27B0")
DESCRIPTIONS = (
    "",
    "Meeting",
    "Kick-off, with client",
    'Fix "the" header',
    "Überarbeitung",
    "Calls\nand mail",
    "Layout 🎨",
    "[CARD-441]: overhead",
    "Travel",
)
