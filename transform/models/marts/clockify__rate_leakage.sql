with entries as (
    select
        entries.*,
        projects.is_billable as is_billable_project,
        workspaces.as_of,
        -- What an hour would cost, where a rate in the entry's currency is known.
        coalesce(
            if(projects.hourly_rate_currency = entries.currency, projects.hourly_rate, null),
            if(people.hourly_rate_currency = entries.currency, people.hourly_rate, null),
            if(workspaces.hourly_rate_currency = entries.currency, workspaces.hourly_rate, null)
        ) as usual_rate,
        logical_or(entries.cost_rate is not null) over (
            partition by entries.workspace_id
        ) as has_cost_rates
    from {{ ref('clockify__time_entries') }} as entries
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = entries.workspace_id
    left join {{ ref('int_clockify__people') }} as people
        on people.workspace_id = entries.workspace_id and people.user_id = entries.user_id
    left join {{ ref('int_clockify__projects') }} as projects
        on projects.workspace_id = entries.workspace_id
        and projects.project_id = entries.project_id
),

reasons as (
    select
        *,
        [
            if(
                type = 'REGULAR' and is_billable and hours > 0 and coalesce(rate, 0) = 0,
                'billable without rate',
                null
            ),
            if(
                type = 'REGULAR' and not is_billable and hours > 0 and is_billable_project,
                'not billable on a billable project',
                null
            ),
            if(
                type = 'REGULAR' and is_billable and hours > 0 and project_id = '',
                'billable without project',
                null
            ),
            if(
                type = 'REGULAR' and hours > 0 and cost_rate is null and has_cost_rates,
                'no cost rate',
                null
            ),
            if(hours > {{ var('clockify__long_entry_hours') }}, 'long entry', null),
            if(
                is_running and started_at <= timestamp_sub(as_of, interval 24 hour),
                'timer left running',
                null
            )
        ] as found
    from entries
)

select
    reasons.workspace_id,
    reasons.time_entry_id,
    reason,
    reasons.user_id,
    reasons.user_name,
    reasons.project_id,
    reasons.project_name,
    reasons.client_id,
    reasons.client_name,
    reasons.date,
    reasons.month,
    reasons.hours,
    case reason
        when 'not billable on a billable project' then reasons.hours * reasons.usual_rate
        when 'billable without rate' then reasons.hours * nullif(reasons.usual_rate, 0)
        when 'billable without project' then reasons.amount
        when 'long entry' then reasons.amount
    end as amount_at_risk,
    reasons.currency
from reasons
cross join unnest(reasons.found) as reason
where reason is not null
