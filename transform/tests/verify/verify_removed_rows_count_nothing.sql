-- A row that is gone from Clockify keeps its key and counts 0, so that sums need no filter.
{% for stream, amount in [('summary', 'amount_decimal'), ('time_entries', 'amount')] %}
select
    workspace_id,
    '{{ stream }}' as stream,
    date,
    concat(
        'Workspace ', workspace_id, ', ', cast(date as string), ': a row of {{ stream }} that is gone',
        ' from Clockify has ', {{ clockify.figure('duration_decimal') }}, ' hours and an amount of ',
        {{ clockify.figure(amount) }},
        {{ "', a cost of ', " ~ clockify.figure('cost_amount') ~ "," if stream == 'time_entries' }}
        '; all must be 0.'
    ) as message
from {{ clockify.loaded(stream) }} as loaded_rows
where is_deleted and (coalesce(duration_decimal, 0) != 0 or coalesce({{ amount }}, 0) != 0
    {{ 'or coalesce(cost_amount, 0) != 0' if stream == 'time_entries' }})
{{ 'union all' if not loop.last }}
{% endfor %}
