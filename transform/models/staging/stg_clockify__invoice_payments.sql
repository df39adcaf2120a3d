select
    workspaceId as workspace_id,
    id as payment_id,
    invoiceId as invoice_id,
    amount as amount,
    date as paid_at
from {{ clockify.loaded('invoice_payments') }}
where not is_deleted
