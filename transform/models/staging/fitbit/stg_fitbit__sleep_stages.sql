select
    user_id,
    data_point_id,
    date,
    type,
    datetime(date_time) as clock,
    start_at as started_at,
    level,
    seconds
from {{ clockify.loaded('sleep_detail', 'fitbit') }}
where _sdc_deleted_at is null
