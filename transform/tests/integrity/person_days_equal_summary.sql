-- Hours of each person and day are those of summary.
{{ clockify.same_sums(
    [ref('clockify__person_days'), ['workspace_id', 'user_id', 'date'], ['hours']],
    [ref('stg_clockify__summary'), ['workspace_id', 'user_id', 'date'], ['hours']]
) }}
