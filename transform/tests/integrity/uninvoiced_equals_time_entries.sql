{{ clockify.same_sums(
    [ref('clockify__uninvoiced'), ['workspace_id', 'currency'], ['hours', 'amount']],
    [ref('clockify__time_entries'), ['workspace_id', 'currency'],
     ['if(is_billable and not is_invoiced, hours, 0)', 'if(is_billable and not is_invoiced, amount, 0)']]
) }}
