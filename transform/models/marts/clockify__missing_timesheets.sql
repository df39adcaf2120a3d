select
    days.workspace_id,
    days.user_id,
    days.user_name,
    days.date,
    days.week,
    days.capacity_hours,
    days.worked_hours as hours,
    days.missing_hours,
    date_diff(workspaces.today, days.date, day) as days_ago
from {{ ref('clockify__person_days') }} as days
inner join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = days.workspace_id
where
    days.is_active
    and days.is_working_day
    and days.missing_hours > 0
    -- Today is not over yet.
    and days.date < workspaces.today
