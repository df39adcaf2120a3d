select
    user_id,
    data_point_id,
    log_id,
    date,
    start_at as started_at,
    end_at as ended_at,
    datetime(start_time) as start_clock,
    datetime(end_time) as end_clock,
    minutes_asleep,
    minutes_awake,
    minutes_to_fall_asleep,
    minutes_after_wakeup,
    time_in_bed as minutes_in_bed,
    coalesce(is_main_sleep, false) as is_main_sleep,
    coalesce(log_type = 'manual', false) as is_manual,
    type
from {{ clockify.loaded('sleep', 'fitbit') }}
where _sdc_deleted_at is null
