select
    tag_list_id,
    tag_id,
    name as tag_name,
    tag_list_name,
    coalesce(archived = 1 or tag_list_archived = 1, false) as is_archived
from {{ clockify.loaded('tags', 'timecamp') }}
where _sdc_deleted_at is null
