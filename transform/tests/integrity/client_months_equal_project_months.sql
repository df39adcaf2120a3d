{{ clockify.same_sums(
    [ref('clockify__client_months'), ['workspace_id', 'month', 'currency'],
     ['hours', 'amount', 'cost_amount', 'profit']],
    [ref('clockify__project_months'), ['workspace_id', 'month', 'currency'],
     ['hours', 'amount', 'cost_amount', 'profit']]
) }}
