select
    workspaceId as workspace_id,
    id as invoice_id,
    number as number,
    status as status,
    issuedDate as issued_at,
    dueDate as due_at,
    clientId as client_id,
    clientName as client_name,
    currency as currency,
    subtotal as subtotal,
    discountAmount as discount_amount,
    taxAmount as tax_amount,
    tax2Amount as tax2_amount,
    amount as amount,
    paid as paid_amount,
    balance as balance_amount
from {{ clockify.loaded('invoices') }}
where not is_deleted
