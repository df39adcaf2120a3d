select
    workspaceId as workspace_id,
    userId as user_id,
    workCapacity_hours as daily_hours,
    workingDays as working_days
from {{ clockify.loaded('member_profiles') }}
where not is_deleted
