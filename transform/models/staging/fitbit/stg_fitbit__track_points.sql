select
    user_id,
    data_point_id,
    date,
    lap_number,
    point_order,
    datetime(date_time) as clock,
    sport,
    latitude,
    longitude,
    altitude_meters,
    distance_meters,
    heart_rate_bpm as heart_rate
from {{ clockify.loaded('activity_detail', 'fitbit') }}
where _sdc_deleted_at is null
