select
    workspaceId as workspace_id,
    userGroupId as user_group_id,
    userId as user_id
from {{ clockify.loaded('user_group_members') }}
where not is_deleted
