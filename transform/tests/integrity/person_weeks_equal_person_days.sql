{{ clockify.same_sums(
    [ref('clockify__person_weeks'), ['workspace_id', 'user_id', 'week'],
     ['hours', 'billable_hours', 'capacity_hours', 'missing_hours']],
    [ref('clockify__person_days'), ['workspace_id', 'user_id', 'week'],
     ['hours', 'billable_hours', 'capacity_hours', 'missing_hours']]
) }}
