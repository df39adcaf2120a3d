with entries as (
    select
        entries.*,
        date_diff(workspaces.today, entries.date, day) as age
    from {{ ref('clockify__time_entries') }} as entries
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = entries.workspace_id
    where entries.is_billable and not entries.is_invoiced and not entries.is_running
)

select
    workspace_id,
    client_id,
    any_value(client_name) as client_name,
    project_id,
    any_value(project_name) as project_name,
    currency,
    sum(hours) as hours,
    sum(amount) as amount,
    sum(if(age <= 30, amount, 0.0)) as amount_0_30,
    sum(if(age between 31 and 60, amount, 0.0)) as amount_31_60,
    sum(if(age between 61 and 90, amount, 0.0)) as amount_61_90,
    sum(if(age > 90, amount, 0.0)) as amount_over_90,
    sum(if(coalesce(rate, 0) = 0, hours, 0.0)) as hours_without_rate,
    min(date) as oldest_date
from entries
group by workspace_id, client_id, project_id, currency
