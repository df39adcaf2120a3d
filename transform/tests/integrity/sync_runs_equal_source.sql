{{ clockify.same_sums(
    [ref('clockify__sync_runs'), ['workspace_id', 'stream'], ['requests', 'rows_sent']],
    [ref('stg_clockify__sync_runs'), ['workspace_id', 'stream'], ['requests', 'rows_sent']]
) }}
