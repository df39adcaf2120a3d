{{ config(enabled=var('clockify__using_approval_requests', true)) }}

{{ clockify.same_sums(
    [ref('clockify__approvals'), ['workspace_id'], ['hours', 'amount']],
    [ref('stg_clockify__approval_requests'), ['workspace_id'], ['hours', 'amount']]
) }}
