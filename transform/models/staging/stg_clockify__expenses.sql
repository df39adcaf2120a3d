select
    workspaceId as workspace_id,
    id as expense_id,
    userId as user_id,
    date as date,
    category_name as category_name,
    coalesce(projectId, project_id, '') as project_id,
    project_name as project_name,
    coalesce(project_clientId, '') as client_id,
    project_clientName as client_name,
    taskId as task_id,
    coalesce(total, 0) as amount,
    coalesce(billable, false) as is_billable,
    coalesce(isLocked, locked, false) as is_locked,
    notes as notes
from {{ clockify.loaded('expenses') }}
where not is_deleted
