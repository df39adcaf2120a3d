with periods as (
    select
        projects.*,
        workspaces.today,
        workspaces.history_first,
        {{ period_start(
            'projects.estimate_reset', 'workspaces.today', 'projects.reset_weekday',
            'projects.reset_day', 'projects.reset_month'
        ) }} as hours_since,
        {{ period_start(
            'projects.budget_reset', 'workspaces.today', 'projects.reset_weekday',
            'projects.reset_day', 'projects.reset_month'
        ) }} as budget_since
    from {{ ref('int_clockify__projects') }} as projects
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = projects.workspace_id
),

projects as (
    select
        *,
        {{ next_period_start(
            'estimate_reset', 'hours_since', 'reset_day', 'reset_month'
        ) }} as hours_before,
        {{ next_period_start(
            'budget_reset', 'budget_since', 'reset_day', 'reset_month'
        ) }} as budget_before
    from periods
),

tracked as (
    select
        projects.workspace_id,
        projects.project_id,
        sum(entries.hours) as hours_in_warehouse,
        sum(
            if(
                {{ is_within('entries.date', 'projects.hours_since', 'projects.hours_before') }}
                and (projects.estimate_includes_non_billable or entries.is_billable),
                entries.hours,
                0.0
            )
        ) as hours_in_period,
        sum(
            if(
                {{ is_within('entries.date', 'projects.budget_since', 'projects.budget_before') }}
                and entries.currency = projects.currency,
                entries.amount,
                0.0
            )
        ) as amount_in_period,
        logical_or(
            entries.currency != projects.currency
            and entries.amount != 0
            and {{ is_within('entries.date', 'projects.budget_since', 'projects.budget_before') }}
        ) as has_other_currency,
        sum(
            if(
                entries.date > date_sub(projects.today, interval 28 day)
                and entries.date <= projects.today,
                entries.hours,
                0.0
            )
        ) as hours_last_4_weeks,
        max(entries.date) as last_date
    from projects
    inner join {{ ref('clockify__time_entries') }} as entries
        on entries.workspace_id = projects.workspace_id
        and entries.project_id = projects.project_id
    group by projects.workspace_id, projects.project_id
),

spent as (
    select
        projects.workspace_id,
        projects.project_id,
        sum(expenses.amount) as amount
    from projects
    inner join {{ ref('stg_clockify__expenses') }} as expenses
        on expenses.workspace_id = projects.workspace_id
        and expenses.project_id = projects.project_id
    where
        projects.budget_includes_expenses
        and {{ is_within('expenses.date', 'projects.budget_since', 'projects.budget_before') }}
    group by projects.workspace_id, projects.project_id
),

known as (
    select
        projects.*,
        tracked.last_date,
        coalesce(tracked.hours_in_warehouse, 0.0) as hours_in_warehouse,
        coalesce(tracked.hours_last_4_weeks, 0.0) as hours_last_4_weeks,
        coalesce(tracked.amount_in_period, 0.0) + coalesce(spent.amount, 0.0) as amount_in_period,
        -- Without a reset, Clockify's own total is right even if the warehouse begins later.
        if(
            projects.hours_since is null
            and projects.estimate_includes_non_billable
            and projects.tracked_hours_total is not null,
            projects.tracked_hours_total,
            coalesce(tracked.hours_in_period, 0.0)
        ) as hours_in_period,
        abs(
            coalesce(projects.tracked_hours_total, 0.0) - coalesce(tracked.hours_in_warehouse, 0.0)
        ) < 0.01 as has_all_entries,
        coalesce(tracked.has_other_currency, false) as has_other_currency
    from projects
    left join tracked
        on tracked.workspace_id = projects.workspace_id
        and tracked.project_id = projects.project_id
    left join spent
        on spent.workspace_id = projects.workspace_id and spent.project_id = projects.project_id
),

burned as (
    select
        known.*,
        case
            when known.hours_since is not null then known.hours_since >= known.history_first
            when known.estimate_includes_non_billable and known.tracked_hours_total is not null
                then true
            else known.has_all_entries
        end or known.has_all_entries as is_burn_complete,
        (
            coalesce(known.budget_since >= known.history_first, false) or known.has_all_entries
        ) and not known.has_other_currency as is_budget_burn_complete
    from known
),

ratios as (
    select
        burned.*,
        -- What is known is a lower bound of what is used.
        greatest(
            coalesce(safe_divide(burned.hours_in_period, burned.estimate_hours), 0.0),
            coalesce(safe_divide(burned.amount_in_period, burned.budget_amount), 0.0)
        ) as known_ratio,
        if(
            burned.is_burn_complete,
            safe_divide(burned.hours_in_period, burned.estimate_hours),
            null
        ) as burn_ratio,
        if(
            burned.is_budget_burn_complete,
            safe_divide(burned.amount_in_period, burned.budget_amount),
            null
        ) as budget_burn_ratio,
        if(
            burned.is_burn_complete, burned.estimate_hours - burned.hours_in_period, null
        ) as remaining_hours,
        if(
            burned.is_budget_burn_complete, burned.budget_amount - burned.amount_in_period, null
        ) as remaining_amount
    from burned
)

select
    workspace_id,
    project_id,
    project_name,
    client_id,
    client_name,
    is_removed,
    is_archived,
    is_billable,
    is_template,
    currency,
    estimate_hours,
    estimate_reset,
    hours_since as estimate_period_start,
    budget_amount,
    budget_reset,
    budget_since as budget_period_start,
    tracked_hours_total,
    hours_in_warehouse,
    history_first,
    hours_in_period,
    is_burn_complete,
    burn_ratio,
    remaining_hours,
    amount_in_period,
    is_budget_burn_complete,
    budget_burn_ratio,
    remaining_amount,
    hours_last_4_weeks,
    last_date,
    if(
        remaining_hours > 0 and hours_last_4_weeks > 0,
        safe_divide(remaining_hours, hours_last_4_weeks / 4),
        null
    ) as weeks_left,
    case
        when estimate_hours is null and budget_amount is null then 'no estimate'
        when known_ratio > 1 then 'over'
        when known_ratio >= {{ var('clockify__at_risk') }} then 'at risk'
        when
            (estimate_hours is not null and not is_burn_complete)
            or (budget_amount is not null and not is_budget_burn_complete)
            then 'unknown'
        else 'ok'
    end as status
from ratios
