{{ config(enabled=var('clockify__using_invoices', true)) }}

with items as (
    select workspace_id, invoice_id, count(*) as items, sum(amount) as amount
    from {{ ref('stg_clockify__invoice_items') }}
    group by workspace_id, invoice_id
),

payments as (
    select
        workspace_id, invoice_id, count(*) as payments, sum(amount) as amount,
        max(paid_at) as last_paid_at
    from {{ ref('stg_clockify__invoice_payments') }}
    group by workspace_id, invoice_id
)

select
    invoices.workspace_id,
    invoices.invoice_id,
    invoices.number,
    coalesce(invoices.client_id, '') as client_id,
    coalesce(clients.client_name, invoices.client_name, '(no client)') as client_name,
    invoices.status,
    date(invoices.issued_at) as issued_date,
    {{ month_of('date(invoices.issued_at)') }} as month,
    date(invoices.due_at) as due_date,
    coalesce(invoices.currency, '') as currency,
    invoices.subtotal,
    invoices.discount_amount,
    coalesce(invoices.tax_amount, 0.0) + coalesce(invoices.tax2_amount, 0.0) as tax_amount,
    coalesce(invoices.amount, 0.0) as amount,
    coalesce(invoices.paid_amount, 0.0) as paid_amount,
    coalesce(invoices.balance_amount, 0.0) as balance_amount,
    if(
        invoices.balance_amount > 0 and invoices.status not in ('VOID', 'PAID'),
        greatest(date_diff(workspaces.today, date(invoices.due_at), day), 0),
        0
    ) as days_overdue,
    coalesce(items.items, 0) as items,
    coalesce(items.amount, 0.0) as items_amount,
    coalesce(payments.payments, 0) as payments,
    coalesce(payments.amount, 0.0) as payments_amount,
    date(payments.last_paid_at) as last_payment_date
from {{ ref('stg_clockify__invoices') }} as invoices
inner join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = invoices.workspace_id
left join items
    on items.workspace_id = invoices.workspace_id and items.invoice_id = invoices.invoice_id
left join payments
    on payments.workspace_id = invoices.workspace_id and payments.invoice_id = invoices.invoice_id
left join {{ ref('stg_clockify__clients') }} as clients
    on clients.workspace_id = invoices.workspace_id and clients.client_id = invoices.client_id
