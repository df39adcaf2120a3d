-- Hours and amounts of the mart, per currency, are those of summary.
{{ clockify.same_sums(
    [ref('clockify__time_entries'), ['workspace_id', 'currency'], ['hours', 'amount']],
    [ref('stg_clockify__summary'), ['workspace_id', 'currency'], ['hours', 'amount']]
) }}
