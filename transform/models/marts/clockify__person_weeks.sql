select
    workspace_id,
    user_id,
    any_value(user_name) as user_name,
    week,
    logical_or(is_active) as is_active,
    sum(hours) as hours,
    sum(billable_hours) as billable_hours,
    sum(break_hours) as break_hours,
    sum(worked_hours) as worked_hours,
    sum(absence_hours) as absence_hours,
    sum(capacity_hours) as capacity_hours,
    sum(missing_hours) as missing_hours,
    countif(missing_hours > 0) as missing_days,
    greatest(sum(worked_hours) - sum(capacity_hours), 0.0) as overtime_hours,
    safe_divide(sum(billable_hours), sum(capacity_hours)) as utilisation,
    safe_divide(sum(billable_hours), sum(worked_hours)) as billable_ratio
from {{ ref('clockify__person_days') }}
group by workspace_id, user_id, week
