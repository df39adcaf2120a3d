-- One row for each workspace: its last run, which says which day "today" is. Marts that depend on
-- the date stay the same until the next load.
with runs as (
    select workspace_id, started_at, timezone, history_first
    from {{ ref('stg_clockify__sync_runs') }}
    where stream in ('summary', 'time_entries') and status = 'succeeded'
    qualify row_number() over (
        partition by workspace_id order by started_at desc, stream desc
    ) = 1
),

tracked as (
    select workspace_id, min(date) as first_date
    from {{ ref('stg_clockify__time_entries') }}
    group by workspace_id
),

ids as (
    select workspace_id from runs
    union distinct
    select workspace_id from tracked
    union distinct
    select workspace_id from {{ ref('stg_clockify__workspaces') }}
),

currencies as (
    select workspace_id, max(currency) as currency
    from {{ ref('stg_clockify__currencies') }}
    where is_default
    group by workspace_id
)

select
    ids.workspace_id,
    coalesce(workspaces.workspace_name, ids.workspace_id) as workspace_name,
    coalesce(currencies.currency, workspaces.hourly_rate_currency, '') as currency,
    workspaces.hourly_rate,
    workspaces.hourly_rate_currency,
    workspaces.working_days,
    coalesce(runs.timezone, 'UTC') as timezone,
    coalesce(runs.started_at, current_timestamp()) as as_of,
    date(coalesce(runs.started_at, current_timestamp()), coalesce(runs.timezone, 'UTC')) as today,
    coalesce(runs.history_first, tracked.first_date) as history_first
from ids
left join runs on runs.workspace_id = ids.workspace_id
left join tracked on tracked.workspace_id = ids.workspace_id
left join currencies on currencies.workspace_id = ids.workspace_id
left join {{ ref('stg_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = ids.workspace_id
