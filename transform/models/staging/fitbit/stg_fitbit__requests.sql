select
    user_id,
    api_endpoint,
    processed_date as processed_at,
    date,
    file_processed as request
from {{ clockify.loaded('files_processed', 'fitbit') }}
where _sdc_deleted_at is null
