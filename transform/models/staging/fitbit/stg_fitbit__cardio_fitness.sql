select
    user_id,
    date,
    safe_cast(vo2_max as float64) as vo2_max
from {{ clockify.loaded('cardioscore', 'fitbit') }}
where _sdc_deleted_at is null
