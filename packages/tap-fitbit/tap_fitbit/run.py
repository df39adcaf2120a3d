"""What the streams of one run share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from singer_ledger.settings import safe_address

from tap_fitbit.archive import Archive
from tap_fitbit.tokens import GoogleToken

if TYPE_CHECKING:
    import datetime as dt

    from singer_ledger.stream import Row
    from singer_ledger.tap import LedgerTap
    from singer_ledger.windows import Window


class Run:
    """The token, the answers so far, and whose data they are."""

    def __init__(self, tap: LedgerTap) -> None:
        """Take the settings and the connection of the tap."""
        self._tap = tap
        self.points: dict[tuple[str, Window | None], list[Row]] = {}
        """What was read, by type and window: two streams may be made of it."""
        self.user_id: str | None = None
        self.zone: dt.tzinfo | None = None
        self.was_unauthorized = False
        """Whether the last request had a token that was refused."""

    @cached_property
    def token(self) -> GoogleToken:
        """What signs requests.

        Raises:
            ExtractError: token_url is not an address to which a secret may be sent.
        """
        config = self._tap.config
        url = safe_address("token_url", config["token_url"])
        return GoogleToken(config, url, self._tap.secrets, self._tap.session)

    @cached_property
    def archive(self) -> Archive:
        """The requests of the run, and their answers if they are kept."""
        return Archive(self._tap.config.get("raw_dir"), self._tap.started)
