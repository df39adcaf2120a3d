-- The rows of the window that carry the last run's import_timestamp add up to what the run sent: a
-- load that failed silently does not pass.
{% for stream in ['summary', 'time_entries'] %}
select
    runs.workspace_id,
    '{{ stream }}' as stream,
    runs.hours as hours_sent,
    coalesce(sum(loaded.duration_decimal), 0.0) as hours_loaded,
    concat(
        'Workspace ', runs.workspace_id, ', ', cast(runs.window_first as string), ' to ',
        cast(runs.window_last as string), ': the run sent ', {{ clockify.figure('runs.hours') }},
        ' hours of {{ stream }}, and its rows in the table have ',
        {{ clockify.figure('coalesce(sum(loaded.duration_decimal), 0.0)') }},
        '. A load failed, or rows were changed.'
    ) as message
from {{ clockify.last_runs(stream) }} as runs
left join {{ clockify.loaded(stream) }} as loaded
    on loaded.workspace_id = runs.workspace_id
    and loaded.date between runs.window_first and runs.window_last
    and loaded.import_timestamp >= runs.import_timestamp
group by runs.workspace_id, runs.window_first, runs.window_last, runs.hours
having not coalesce(abs(runs.hours - coalesce(sum(loaded.duration_decimal), 0.0)) <= 1e-6, false)
{{ 'union all' if not loop.last }}
{% endfor %}
