select
    workspaceId as workspace_id,
    id as approval_request_id,
    owner_userId as user_id,
    owner_userName as user_name,
    owner_timeZone as timezone,
    dateRange_start as starts_at,
    dateRange_end as ends_at,
    status_state as status,
    status_updatedAt as status_changed_at,
    trackedTime_hours as hours,
    billableTime_hours as billable_hours,
    approvedTime_hours as approved_hours,
    pendingTime_hours as pending_hours,
    billableAmount as amount,
    costAmount as cost_amount,
    expenseTotal as expense_amount
from {{ clockify.loaded('approval_requests') }}
where not is_deleted
