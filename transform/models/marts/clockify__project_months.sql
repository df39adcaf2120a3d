select
    workspace_id,
    project_id,
    any_value(project_name) as project_name,
    any_value(client_id) as client_id,
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
    sum(if(is_billable and coalesce(rate, 0) = 0, hours, 0.0)) as billable_hours_without_rate,
    sum(if(cost_rate is null, hours, 0.0)) as hours_without_cost
from {{ ref('clockify__time_entries') }}
group by workspace_id, project_id, month, currency
