"""Switches for what nobody has confirmed about TimeCamp, each set to what is most likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Options:
    """How the stand-in behaves where TimeCamp's contract is silent or contradicts itself.

    Every default is the likeliest reading; a client must work with every value.
    """

    # Tokens and limits

    wrong_token_status: Literal[401, 403] = 403
    """Status of the answer to a token that nobody has. Without a token it is always 401."""
    requests_per_minute: int | None = None
    """Requests in any minute of real time; more get a 429. TimeCamp publishes no figure."""
    retry_after: int | None = 2
    """Seconds in the `Retry-After` header of such a 429; None sends no such header."""

    # Shapes

    numbers: Literal["example", "integers"] = "example"
    """Whether ids, flags and durations have the types of the contract's examples, which are
    mostly strings, or are integers."""
    empty_object_is_list: bool = True
    """Whether an object without keys is answered as `[]`, as PHP does."""
    task_permissions: bool = False
    """Whether a task has `perms`, which only the contract's schema has, not its example."""
    attendance_approved: bool = True
    """Whether attendance has `approved`, which only the contract's schema has, not its example."""
    settings_format: Literal["list", "keyed"] = "list"
    """Settings of several people: a list, or an object of lists by the person's id."""
    settings_of_all: bool = True
    """Whether a person without a setting has it as `"0"`, or is left out of the answer."""
    one_user_as_list: bool = False
    """Whether `/user` answers a list even if one person is asked for."""

    # Entries

    entries_of: Literal["all", "me"] = "all"
    """Whose entries an administrator gets who names no people."""
    one_unknown_user_refuses: bool = False
    """Whether one unknown person among known ones is a 403, or only if all are unknown."""
    rename_moves_last_modify: bool = False
    """Whether the new name of a task or person counts as an edit of its entries."""
    no_task: Literal["zero", "null"] = "zero"
    """An entry without a task: `task_id` "0" and an empty `name`, or both null."""

    # Computer activities

    activities_without_user: Literal["none", "own"] = "none"
    """What `/activity` answers without `user_id`: no activities, or those of the asker."""
    many_days_refuse: bool = True
    """Whether more than 20 `dates[]` are a 400, or only the first 20 count."""
    hidden_activities_refuse: bool = False
    """Whether an id of which the asker sees no activities is a 403, or adds none to the answer."""

    # Rates and custom fields

    unknown_rates_refuse: Literal["any", "all"] = "any"
    """Whether `/task/{ids}/rate` and `/group/{ids}/rate` are a 404 as soon as one id is unknown,
    or only if all are. An unknown person is never a 404."""
    things_without_rates: Literal["absent", "empty"] = "absent"
    """Whether a known task or group without rates is left out, or has an empty list."""
    custom_fields_for: Literal["administrators", "all"] = "administrators"
    """Who gets custom fields. Others get a 403, or with "all" what they see of the company."""
    unset_custom_values: Literal["absent", "null"] = "absent"
    """Whether an optional field that was given no value is left out, or has the value null."""

    # Feeds of deletions and changes

    deletions_feature_off: bool = False
    """Whether the account does not record deletions, so that the feed is always empty."""
    changes_feature_off: bool = False
    """Whether the account does not record changes, so that the feed is always empty."""
    deletion_event: str = "delete"
    """`event_type` of a deletion. The contract's example of one has "add", likely by mistake."""
    feed_newest_first: bool = False
    """Whether the feeds begin with the newest row; `limit` keeps the first rows."""
