select
    group_id,
    name as group_name,
    nullif(parent_id, '0') as parent_id
from {{ clockify.loaded('groups', 'timecamp') }}
where _sdc_deleted_at is null
