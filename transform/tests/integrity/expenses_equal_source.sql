{{ config(enabled=var('clockify__using_expenses', true)) }}

{{ clockify.same_sums(
    [ref('clockify__expenses'), ['workspace_id'], ['amount']],
    [ref('stg_clockify__expenses'), ['workspace_id'], ['amount']]
) }}
