select
    id as approval_id,
    `for` as user_id,
    nullif(`by`, '0') as approved_by,
    `from` as first_day,
    `to` as last_day,
    status,
    coalesce(auto = 1, false) as is_automatic,
    comments
from {{ clockify.loaded('approvals', 'timecamp') }}
where _sdc_deleted_at is null
