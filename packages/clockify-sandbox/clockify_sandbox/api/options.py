"""Switches for what nobody has confirmed about Clockify, each set to what is most likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Options:
    """How the stand-in behaves where Clockify's documentation is silent or contradicts itself.

    Every default is the likeliest reading; a client must work with every value.
    """

    # Limits

    enforce_rate_limits: bool = True
    """Whether the limits below are enforced with a 429 at all."""
    paid_requests_per_second: int = 50
    """Requests in any second, per key, on a paid plan."""
    free_requests_per_hour: int = 30
    """Requests in any hour of the world's clock, per workspace, on the Free plan."""
    free_limit_counts_reports: bool = True
    """Whether requests to the reports host count towards the hourly limit."""
    retry_after: int | None = None
    """Seconds in the `Retry-After` header of a 429; None sends no such header."""
    too_many_body: Literal["json", "empty", "html"] = "json"
    """Body of a 429."""
    max_page_size: int = 5000
    """Largest `page-size` of the core lists; a larger one is an error."""
    detailed_max_page_size: int = 1000
    """Largest `pageSize` of the detailed report: 1000 was said in 2021; 200 is used in 2026."""
    detailed_over_max: Literal["error", "clamp"] = "error"
    """What a larger one leads to: a 400, or silently pages of the largest size."""
    free_report_days: int = 31
    """Days that a report may span on the Free plan."""
    free_range_exceeded: Literal["error", "clamp"] = "error"
    """What a longer span leads to: a 400, or silently a report of its first days."""

    expense_report_max_page_size: int = 1000
    """Largest `pageSize` of the expense report; a larger one is an error."""
    attendance_max_page_size: int = 201
    """Largest `pageSize` of the attendance report, as a client library claims."""

    # Errors and headers

    forbidden_body: Literal["json", "empty"] = "json"
    """Body of a 403."""
    plan_refusal: Literal[402, 403] = 403
    """Status of the answer to what the workspace's plan does not include."""
    member_lists: Literal["own", "forbidden"] = "own"
    """Whether a member's key lists their own expenses, requests and so on, or gets a 403."""
    last_page_header: bool = True
    """Whether paged answers carry `Last-Page`."""

    # Writes

    managers_write: bool = False
    """Whether managers may write the time of those they manage, as if "enabled" in Clockify."""
    locked_answer: Literal[400, 403] = 400
    """Status of the answer to a write of a locked entry, or before the lock date."""
    replaced_keys: Literal["cleared", "kept"] = "cleared"
    """What a PUT of an entry does to the keys that it leaves out."""
    null_keys: Literal["refused", "as_absent"] = "refused"
    """Whether a null in the body of an entry is a 400, as was reported, or as good as no key."""
    archived_projects: Literal["accepted", "refused"] = "accepted"
    """Whether an entry may be put into an archived project; the former was seen live."""
    bulk_limit: int = 50
    """Entries in one bulk edit or bulk deletion; more are a 400."""
    bulk_atomic: bool = True
    """Whether a bulk edit or deletion with one bad entry changes none, or those before it."""
    delete_ids: Literal["both", "comma", "repeated"] = "both"
    """How `time-entry-ids` of a bulk deletion holds several ids."""
    members_billable: Literal["ignored", "forbidden", "accepted"] = "ignored"
    """What a member's `billable` leads to if only administrators may change it. If it is ignored,
    an entry has that of its project, and an edit changes nothing."""
    public_ignored: bool = False
    """Whether `isPublic` of a new project is ignored, and the project private: reported in 2026."""
    write_delay: float = 0.0
    """Real seconds until lists and reports of time entries show what was written to an entry."""
    write_delay_of_one: bool = False
    """Whether that delay applies to an entry that is read by its id, too."""

    # Lists on the core host

    users_default_status: Literal["ALL", "ACTIVE"] = "ALL"
    """Which memberships `GET /users` lists when `status` is left out."""
    templates_listed: bool = True
    """Whether `GET /projects` without `is-template` lists templates too."""
    tasks_default: Literal["ALL", "ACTIVE"] = "ALL"
    """Which tasks are listed when `is-active` is left out."""
    hydrated_done_tasks: bool = True
    """Whether a hydrated project holds its finished tasks."""
    entry_list_zone: Literal["caller", "target", "workspace", "none"] = "caller"
    """In whose time zone `start` and `end` of a person's entry list are re-read, if in any."""
    batch: bool = True
    """Whether `POST /time-entries/batch` exists."""

    policies_default_status: Literal["ALL", "ACTIVE"] = "ACTIVE"
    """Which time-off policies are listed when `status` is left out."""
    approvals_default_status: Literal["ALL", "PENDING"] = "ALL"
    """Which approval requests are listed when `status` is left out."""
    time_off_dates: Literal["created", "period"] = "created"
    """Whether `start` and `end` select time-off requests by their creation or their period."""
    last_page_on_posted_lists: bool = False
    """Whether lists with their page in the body, and shared reports, carry `Last-Page` too."""
    project_custom_fields: Literal["definitions", "empty"] = "definitions"
    """What `customFields` of a hydrated project holds: the fields of the project, or nothing."""
    audit_first_page: Literal[0, 1] = 1
    """Number of the audit log's first page. With 1, page 0 is the first page as well."""

    # Reports

    running_in_detailed: bool = False
    """Whether entries with a running timer are rows of the detailed report (without an end)."""
    running_in_summary: bool = False
    """Whether the time elapsed on running timers counts in the summary report."""
    totals_null: Literal["never", "when_empty", "always"] = "when_empty"
    """When `totals` is `[null]`."""
    report_users_default_status: Literal["ALL", "ACTIVE"] = "ALL"
    """Whose entries a report contains when the request has no `users.status`."""
    empty_ids_accepted: bool = True
    """Whether a filter with empty `ids` counts as no filter; otherwise it is a 400."""
    users_filter_nobody: bool = False
    """Whether `users` with empty `ids` selects nobody unless `contains` is `DOES_NOT_CONTAIN`."""
    report_times: Literal["offset", "utc"] = "offset"
    """Whether instants in reports have the requested zone's offset or are in UTC."""
    zoned_fields: bool = True
    """Whether `timeInterval` has `timeZone`, `zonedStart`, `zonedEnd`, `offStart`, `offEnd`."""
    tag_keys: Literal["tags_or_tag_ids", "tag_ids_only", "both"] = "tags_or_tag_ids"
    """Which keys a detailed row has: `tags` if tagged, otherwise `tagIds`; or others."""
    untagged: Literal["null", "empty_list", "absent"] = "null"
    """What a detailed row without tags says in `tagIds`."""
    missing_project: Literal["null", "absent", "empty"] = "null"
    """How a detailed row shows that there is no project: null, no keys, or empty strings."""
    row_amounts: Literal["both", "amount_only", "earned_only"] = "both"
    """If `amounts` are requested: `amount` and `earnedAmount`, or only one of them."""
    unbilled_amount: Literal["null", "zero"] = "null"
    """Amount of an entry that is not billable."""
    uninvoiced: Literal["absent", "empty_list"] = "absent"
    """`invoicingInfo` of an entry that is on no invoice."""
    tag_groups: Literal["per_tag", "combined"] = "per_tag"
    """Whether the summary by TAG counts an entry under each of its tags or under their set."""
    missing_group_id: Literal["empty", "null", "absent"] = "empty"
    """`_id` of a group for "no project", "no client", "no task" or "no tag"."""

    # Change feed

    feed: Literal["on", "forbidden", "missing"] = "on"
    """Whether `/entities/...` answers, refuses with 403 or does not exist (404)."""
    feed_for_members: bool = False
    """Whether it answers a key whose role is neither owner nor administrator; otherwise a 403."""
    feed_first_page: Literal[0, 1] = 0
    """Number of the feed's first page. With 1, page 0 is the first page as well."""
    feed_type_key: Literal["documentCode", "documentType"] = "documentCode"
    """Key for the type in created and updated items: that of the contract or of the guide."""
    feed_deleted_shape: Literal["guide", "entity_id", "underscore", "flat"] = "guide"
    """Deleted items: `guide`: own `id`, entity in `document.id`; `entity_id`: entity's id in both;
    `underscore`: entity's id in `document._id`; `flat`: entity's id in `id`, no `document`."""
    feed_has_fields: bool = True
    """Whether created and updated items carry the entity's fields, or only its id."""
    feed_delay: float = 0.0
    """Seconds until a creation or an update shows."""
    feed_deletion_delay: float = 60.0
    """Seconds until a deletion shows: "approximately one minute" according to the documentation."""
    feed_max_limit: int | None = None
    """Largest `limit`; a larger one is silently cut to it. None: no maximum."""
    feed_max_days: int | None = None
    """Longest window; a longer one is a 400. None: no maximum."""
    feed_retention_days: int | None = None
    """Days after which a change is forgotten. None: never."""
    feed_zone: Literal["utc", "account"] = "utc"
    """Whether `start` and `end` are instants or re-read as wall clock in the account's zone."""
    feed_other_types: bool = True
    """Whether it has changes of the types that the documentation does not list (USER_GROUPS, ...),
    or accepts them and has none."""
    feed_restored: Literal["updated", "created", "nowhere"] = "updated"
    """Where a restored entry shows."""
