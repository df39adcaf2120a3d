select
    id as entry_id,
    user_id,
    user_name,
    nullif(task_id, '0') as task_id,
    name as task_name,
    task_note,
    date,
    safe_cast(start_time as time) as start_time,
    safe_cast(end_time as time) as end_time,
    coalesce(safe_cast(duration as int64), 0) as seconds,
    coalesce(safe_cast(duration as int64), 0) / 3600 as hours,
    description,
    tags,
    coalesce(billable = 1, false) as is_billable,
    coalesce(locked = '1', false) as is_locked,
    nullif(invoiceId, '0') as invoice_id,
    addons_external_id as external_task_id,
    rate_income,
    total_income,
    total_cost,
    safe_cast(last_modify as datetime) as modified_clock
from {{ clockify.loaded('timecamp_entries', 'timecamp') }}
where _sdc_deleted_at is null
