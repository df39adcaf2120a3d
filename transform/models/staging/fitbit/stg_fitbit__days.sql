select
    user_id,
    date,
    steps,
    floors,
    elevation as elevation_meters,
    safe_cast(resting_heart_rate as int64) as resting_heart_rate,
    calories_out,
    activity_calories,
    calories_bmr,
    sedentary_minutes,
    lightly_active_minutes,
    fairly_active_minutes,
    very_active_minutes,
    total_distance as distance_km,
    tracker_distance as tracker_distance_km
from {{ clockify.loaded('summary', 'fitbit') }}
where _sdc_deleted_at is null
