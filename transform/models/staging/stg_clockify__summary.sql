select
    workspace_id,
    user_id,
    project_id,
    client_id,
    tag_id,
    date,
    coalesce(duration_decimal, 0) as hours,
    coalesce(amount_decimal, 0) as amount,
    coalesce(currency, '') as currency,
    import_timestamp
from {{ source('clockify', 'summary') }}
where not is_deleted
