-- The last run has sent or removed every row of its window: no live row is older than the run.
{% for stream in ['summary', 'time_entries'] %}
select
    loaded.workspace_id,
    '{{ stream }}' as stream,
    loaded.date,
    count(*) as rows_left_behind,
    concat(
        'Workspace ', loaded.workspace_id, ', ', cast(loaded.date as string), ': ',
        cast(count(*) as string), ' live rows of {{ stream }} are older than the last run, which read',
        ' the whole window; 0 may be. See "The proof in SQL" in docs/marts.md.'
    ) as message
from {{ clockify.last_runs(stream) }} as runs
inner join {{ clockify.loaded(stream) }} as loaded
    on loaded.workspace_id = runs.workspace_id
    and loaded.date between runs.window_first and runs.window_last
where not loaded.is_deleted and loaded.import_timestamp < runs.import_timestamp
group by loaded.workspace_id, loaded.date
{{ 'union all' if not loop.last }}
{% endfor %}
