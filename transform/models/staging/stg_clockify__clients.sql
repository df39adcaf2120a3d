select
    workspaceId as workspace_id,
    id as client_id,
    name as client_name,
    archived as is_archived,
    currencyCode as currency
from {{ source('clockify', 'clients') }}
where not is_deleted
