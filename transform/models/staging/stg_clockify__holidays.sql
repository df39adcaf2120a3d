select
    workspaceId as workspace_id,
    id as holiday_id,
    name as holiday_name,
    datePeriod_startDate as first_date,
    datePeriod_endDate as last_date,
    coalesce(occursAnnually, false) as is_annual,
    coalesce(everyoneIncludingNew, false) as is_for_everyone,
    coalesce(userIds, '[]') as user_ids,
    coalesce(userGroupIds, '[]') as user_group_ids
from {{ clockify.loaded('holidays') }}
where not is_deleted
