{{ clockify.same_sums(
    ["(select * from " ~ ref('clockify__sync_health') ~ " where stream = 'summary')",
     ['workspace_id'], ['hours_table', 'amount_table']],
    ["(select loaded.* from " ~ ref('stg_clockify__summary') ~ " as loaded inner join "
     ~ ref('clockify__sync_health') ~ " as health on health.workspace_id = loaded.workspace_id"
     ~ " and health.stream = 'summary' and loaded.date between health.window_first"
     ~ " and health.window_last)", ['workspace_id'], ['hours', 'amount']]
) }}
