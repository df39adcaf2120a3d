select
    workspace_id,
    client_id,
    any_value(client_name) as client_name,
    month,
    currency,
    sum(hours) as hours,
    sum(billable_hours) as billable_hours,
    safe_divide(sum(billable_hours), sum(hours)) as billable_ratio,
    sum(amount) as amount,
    sum(cost_amount) as cost_amount,
    sum(profit) as profit,
    safe_divide(sum(profit), sum(amount)) as margin,
    safe_divide(sum(amount), sum(hours)) as effective_rate,
    sum(billable_hours_without_rate) as billable_hours_without_rate,
    sum(hours_without_cost) as hours_without_cost
from {{ ref('clockify__project_months') }}
group by workspace_id, client_id, month, currency
