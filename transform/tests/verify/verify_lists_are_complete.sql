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
{% else %}
select cast(null as string) as message from unnest(cast([] as array<int64>))
{% endfor %}
-- depends_on: {{ source('clockify', 'sync_runs') }}
