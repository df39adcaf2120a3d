select
    workspaceId as workspace_id,
    id as assignment_id,
    userId as user_id,
    userName as user_name,
    coalesce(projectId, '') as project_id,
    projectName as project_name,
    clientId as client_id,
    clientName as client_name,
    coalesce(billable, false) as is_billable,
    coalesce(hoursPerDay, 0) as hours_per_day,
    period_start as starts_at,
    period_end as ends_at,
    coalesce(includeNonWorkingDays, false) as includes_non_working_days,
    excludeDays as excluded_days
from {{ clockify.loaded('scheduling_assignments') }}
where not is_deleted
