-- Of each list that every run reads whole, the table holds the rows that the last run sent, all of them
-- and no other.
{% for loaded in clockify.loaded_streams(only_whole=true) %}
{{ 'union all' if not loop.first }}
select
    runs.workspace_id,
    '{{ loaded.name }}' as stream,
    runs.rows_sent,
    countif(rows_there.import_timestamp = runs.import_timestamp) as rows_of_the_run,
    countif(rows_there.import_timestamp != runs.import_timestamp) as other_rows,
    concat(
        'Workspace ', runs.workspace_id, ', {{ loaded.name }}: the last run sent ',
        cast(runs.rows_sent as string), ' rows; of its rows, ',
        cast(countif(rows_there.import_timestamp = runs.import_timestamp) as string),
        ' are in the table, and ',
        cast(countif(rows_there.import_timestamp != runs.import_timestamp) as string),
        ' live rows are of other runs.'
    ) as message
from {{ clockify.last_runs(loaded.name) }} as runs
left join {{ loaded.relation }} as rows_there
    on rows_there.{{ loaded.workspace }} = runs.workspace_id and not rows_there.is_deleted
group by runs.workspace_id, runs.rows_sent
having runs.rows_sent != rows_of_the_run or other_rows != 0
union all
-- Rows of a workspace of which no run says that it read the list.
select
    rows_there.{{ loaded.workspace }} as workspace_id,
    '{{ loaded.name }}' as stream,
    0 as rows_sent,
    0 as rows_of_the_run,
    count(*) as other_rows,
    concat(
        'Workspace ', rows_there.{{ loaded.workspace }}, ', {{ loaded.name }}: ',
        cast(count(*) as string), ' live rows, but sync_runs has no run that read them. Select',
        ' sync_runs in every run.'
    ) as message
from {{ loaded.relation }} as rows_there
left join {{ clockify.last_runs(loaded.name) }} as runs
    on runs.workspace_id = rows_there.{{ loaded.workspace }}
where
    not rows_there.is_deleted
    and runs.workspace_id is null
    and rows_there.{{ loaded.workspace }} not in unnest({{ clockify.former_workspaces() }})
group by rows_there.{{ loaded.workspace }}
{% else %}
select cast(null as string) as message from unnest(cast([] as array<int64>))
{% endfor %}
-- depends_on: {{ source('clockify', 'sync_runs') }}
