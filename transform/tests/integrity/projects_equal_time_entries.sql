{{ clockify.same_sums(
    [ref('clockify__projects'), ['workspace_id', 'project_id'], ['hours_in_warehouse']],
    ["(select * from " ~ ref('clockify__time_entries') ~ " where project_id != '')",
     ['workspace_id', 'project_id'], ['hours']]
) }}
