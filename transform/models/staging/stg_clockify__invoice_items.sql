select
    workspaceId as workspace_id,
    invoiceId as invoice_id,
    `order` as item_number,
    amount as amount
from {{ clockify.loaded('invoice_items') }}
where not is_deleted
