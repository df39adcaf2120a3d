select
    id as workspace_id,
    name as workspace_name,
    featureSubscriptionType as plan,
    workspaceSettings_workingDays as working_days,
    hourlyRate_amount as hourly_rate,
    hourlyRate_currency as hourly_rate_currency
from {{ clockify.loaded('workspaces') }}
where not is_deleted
