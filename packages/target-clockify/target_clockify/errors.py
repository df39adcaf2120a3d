"""Why a run ends before the copies equal the selection."""

from __future__ import annotations

from clockify_client.errors import ClockifyError


class MirrorError(ClockifyError):
    """The run cannot continue; the message says why, and what to do."""


class UnfitInputError(MirrorError):
    """The input is not what the target needs, or it ended too early."""


class LedgerError(MirrorError):
    """The ledger is missing, unreadable, of another pair of workspaces, or in use."""


class GuardError(MirrorError):
    """The plan was not carried out, since a setting forbids it."""
