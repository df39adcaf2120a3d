select
    task_id,
    nullif(parent_id, '0') as parent_id,
    name as task_name,
    level,
    coalesce(archived = 1, false) as is_archived,
    coalesce(billable = 1, false) as is_billable,
    nullif(budgeted, 0) as budget,
    budget_unit,
    external_task_id,
    note
from {{ clockify.loaded('tasks', 'timecamp') }}
where _sdc_deleted_at is null
