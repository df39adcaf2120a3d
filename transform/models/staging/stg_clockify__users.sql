select
    workspaceId as workspace_id,
    id as user_id,
    name as user_name,
    email as email,
    coalesce(status, 'ACTIVE') = 'ACTIVE'
        and coalesce(memberships_membershipStatus, 'ACTIVE') = 'ACTIVE' as is_active,
    memberships_hourlyRate_amount as hourly_rate,
    memberships_hourlyRate_currency as hourly_rate_currency,
    settings_timeZone as timezone
from {{ source('clockify', 'users') }}
where not is_deleted
