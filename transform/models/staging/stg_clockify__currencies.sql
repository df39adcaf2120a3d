select
    workspaceId as workspace_id,
    id as currency_id,
    code as currency,
    isDefault as is_default
from {{ clockify.loaded('currencies') }}
where not is_deleted
