-- The last run of each workspace is not older than 30 hours (variable clockify__stale_hours). In the
-- demo, a warning only.
{{ config(severity='warn' if target.name in ['demo', 'local'] else 'error') }}

{% for stream in ['summary', 'time_entries'] %}
select
    workspace_id,
    '{{ stream }}' as stream,
    started_at,
    concat(
        'Workspace ', workspace_id, ': the last run of {{ stream }} that finished began at ',
        cast(started_at as string), ', more than {{ var("clockify__stale_hours") }} hours ago.'
    ) as message
from {{ clockify.last_runs(stream) }} as runs
where started_at < timestamp_sub(current_timestamp(), interval {{ var('clockify__stale_hours') }} hour)
{{ 'union all' if not loop.last }}
{% endfor %}
