select
    user_id,
    user_name,
    date,
    safe_cast(start_time as time) as start_time,
    safe_cast(end_time as time) as end_time,
    total_time as seconds,
    approved as is_approved
from {{ clockify.loaded('attendance', 'timecamp') }}
where _sdc_deleted_at is null
