select
    workspaceId as workspace_id,
    id as project_id,
    name as project_name,
    nullif(clientId, '') as client_id,
    archived as is_archived,
    billable as is_billable,
    template as is_template,
    duration_hours as tracked_hours_total,
    hourlyRate_amount as hourly_rate,
    hourlyRate_currency as hourly_rate_currency,
    if(timeEstimate_active, timeEstimate_estimate_hours, null) as estimate_hours,
    if(timeEstimate_active, timeEstimate_resetOption, null) as estimate_reset,
    if(
        timeEstimate_active, coalesce(timeEstimate_includeNonBillable, true), true
    ) as estimate_includes_non_billable,
    if(budgetEstimate_active, budgetEstimate_estimate, null) as budget_amount,
    if(budgetEstimate_active, budgetEstimate_resetOption, null) as budget_reset,
    if(
        budgetEstimate_active, coalesce(budgetEstimate_includeExpenses, false), false
    ) as budget_includes_expenses,
    estimateReset_dayOfWeek as reset_weekday,
    estimateReset_dayOfMonth as reset_day,
    estimateReset_month as reset_month,
    currency_code as currency
from {{ source('clockify', 'projects') }}
where not is_deleted
