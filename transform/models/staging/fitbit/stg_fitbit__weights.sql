select
    user_id,
    log_id,
    date,
    weight as kilograms,
    bmi
from {{ clockify.loaded('weight', 'fitbit') }}
where _sdc_deleted_at is null
