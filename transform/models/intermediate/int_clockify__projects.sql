-- One row for each project that is there, and for each that only entries know: projects that are
-- gone keep the name, the client and the currency of their newest entry.
with of_entries as (
    select workspace_id, project_id, project_name, client_id, client_name, currency
    from {{ ref('stg_clockify__time_entries') }}
    where project_id != ''
    qualify row_number() over (
        partition by workspace_id, project_id order by started_at desc, time_entry_id desc
    ) = 1
)

select
    coalesce(projects.workspace_id, of_entries.workspace_id) as workspace_id,
    coalesce(projects.project_id, of_entries.project_id) as project_id,
    coalesce(projects.project_name, of_entries.project_name, '(removed project)') as project_name,
    if(
        projects.project_id is null, of_entries.client_id, coalesce(projects.client_id, '')
    ) as client_id,
    case
        when projects.project_id is null then coalesce(of_entries.client_name, '(no client)')
        when projects.client_id is null then '(no client)'
        else coalesce(clients.client_name, of_entries.client_name, '(removed client)')
    end as client_name,
    coalesce(
        projects.currency, clients.currency, of_entries.currency, workspaces.currency
    ) as currency,
    projects.project_id is null as is_removed,
    coalesce(projects.is_archived, true) as is_archived,
    coalesce(projects.is_billable, false) as is_billable,
    coalesce(projects.is_template, false) as is_template,
    projects.tracked_hours_total,
    projects.hourly_rate,
    projects.hourly_rate_currency,
    projects.estimate_hours,
    projects.estimate_reset,
    coalesce(projects.estimate_includes_non_billable, true) as estimate_includes_non_billable,
    projects.budget_amount,
    projects.budget_reset,
    coalesce(projects.budget_includes_expenses, false) as budget_includes_expenses,
    projects.reset_weekday,
    projects.reset_day,
    projects.reset_month
from {{ ref('stg_clockify__projects') }} as projects
full outer join of_entries
    on of_entries.workspace_id = projects.workspace_id
    and of_entries.project_id = projects.project_id
left join {{ ref('stg_clockify__clients') }} as clients
    on clients.workspace_id = projects.workspace_id and clients.client_id = projects.client_id
left join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = coalesce(projects.workspace_id, of_entries.workspace_id)
