{{ config(enabled=var('clockify__using_invoices', true)) }}

{{ clockify.same_sums(
    [ref('clockify__invoices'), ['workspace_id'], ['amount', 'paid_amount', 'balance_amount']],
    [ref('stg_clockify__invoices'), ['workspace_id'], ['amount', 'paid_amount', 'balance_amount']]
) }}
