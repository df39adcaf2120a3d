-- Hours and amounts of each month and currency are those of summary.
{{ clockify.same_sums(
    [ref('clockify__project_months'), ['workspace_id', 'project_id', 'month', 'currency'],
     ['hours', 'amount']],
    [ref('stg_clockify__summary'),
     ['workspace_id', 'project_id', clockify.month_of('date'), 'currency'], ['hours', 'amount']]
) }}
