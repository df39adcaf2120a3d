select
    user_id,
    date,
    resting_heart_rate,
    out_of_range_minutes,
    out_of_range_calories,
    fat_burn_minutes,
    fat_burn_calories,
    cardio_minutes,
    cardio_calories,
    peak_minutes,
    peak_calories
from {{ clockify.loaded('heart_rate', 'fitbit') }}
where _sdc_deleted_at is null
