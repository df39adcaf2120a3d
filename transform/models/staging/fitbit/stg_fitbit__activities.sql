select
    user_id,
    data_point_id,
    log_id,
    date,
    start_time,
    name as activity_name,
    exercise_type,
    description,
    duration / 1000 as seconds,
    calories,
    steps,
    last_modified as modified_at
from {{ clockify.loaded('activity', 'fitbit') }}
where _sdc_deleted_at is null
