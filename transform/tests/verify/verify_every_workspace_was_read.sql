-- Each workspace that has rows was read by a run that finished, and there is one at all.
with runs as (
    select 'summary' as stream, workspace_id from {{ clockify.last_runs('summary') }} as of_summary
    union all
    select 'time_entries' as stream, workspace_id
    from {{ clockify.last_runs('time_entries') }} as of_time_entries
),

loaded as (
    select distinct 'summary' as stream, workspace_id from {{ clockify.loaded('summary') }} as loaded_rows
    union distinct
    select distinct 'time_entries' as stream, workspace_id from {{ clockify.loaded('time_entries') }} as loaded_rows
    {%- for table in clockify.loaded_streams() if table.name == 'workspaces' %}
    {%- for stream in ['summary', 'time_entries'] %}
    union distinct
    select '{{ stream }}' as stream, id as workspace_id from {{ table.relation }} where not is_deleted
    {%- endfor %}
    {%- endfor %}
)

select
    loaded.workspace_id,
    loaded.stream,
    concat(
        'Workspace ', loaded.workspace_id, ': no finished run of {{ "" }}', loaded.stream,
        ' is in sync_runs, so nothing says whether its rows are right. Select sync_runs and run the tap;',
        ' if the workspace is no longer extracted, name it in the variable clockify__former_workspaces.'
    ) as message
from loaded
left join runs on runs.workspace_id = loaded.workspace_id and runs.stream = loaded.stream
where
    runs.workspace_id is null
    and loaded.workspace_id not in unnest({{ clockify.former_workspaces() }})
union all
select
    cast(null as string) as workspace_id,
    cast(null as string) as stream,
    'sync_runs has no finished run at all. Select sync_runs, and run the tap; if it stopped since its'
    ' budget was spent, run it again.' as message
from (select count(*) as runs_found from runs) as counted
where counted.runs_found = 0
