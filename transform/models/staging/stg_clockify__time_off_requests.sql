select
    workspaceId as workspace_id,
    id as time_off_request_id,
    userId as user_id,
    policyName as policy_name,
    userTimeZone as timezone,
    timeUnit as time_unit,
    balanceDiff as balance_difference,
    status_statusType as status,
    timeOffPeriod_period_start as starts_at,
    timeOffPeriod_period_end as ends_at,
    coalesce(timeOffPeriod_halfDay, false) as is_half_day
from {{ clockify.loaded('time_off_requests') }}
where not is_deleted
