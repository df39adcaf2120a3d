select
    user_id,
    display_name as user_name,
    email,
    group_id,
    is_enabled,
    time_zone
from {{ clockify.loaded('users', 'timecamp') }}
where _sdc_deleted_at is null
