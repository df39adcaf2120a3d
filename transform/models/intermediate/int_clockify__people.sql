-- One row for each person of a workspace, those included whom only entries know, with the days for
-- which a capacity is known: from the first tracked day until today, or until the last tracked day
-- of somebody who is gone or deactivated.
with tracked as (
    select
        workspace_id,
        user_id,
        min(date) as first_date,
        max(date) as last_date
    from {{ ref('stg_clockify__time_entries') }}
    group by workspace_id, user_id
),

names as (
    select workspace_id, user_id, user_name
    from {{ ref('stg_clockify__time_entries') }}
    qualify row_number() over (
        partition by workspace_id, user_id order by started_at desc, time_entry_id desc
    ) = 1
),

people as (
    select
        coalesce(users.workspace_id, tracked.workspace_id) as workspace_id,
        coalesce(users.user_id, tracked.user_id) as user_id,
        users.user_name,
        users.user_id is null as is_removed,
        coalesce(users.is_active, false) as is_active,
        users.hourly_rate,
        users.hourly_rate_currency,
        users.timezone,
        tracked.first_date as first_tracked,
        tracked.last_date as last_tracked
    from {{ ref('stg_clockify__users') }} as users
    full outer join tracked
        on tracked.workspace_id = users.workspace_id and tracked.user_id = users.user_id
)

select
    people.workspace_id,
    people.user_id,
    coalesce(people.user_name, names.user_name, '(removed person)') as user_name,
    people.is_removed,
    people.is_active,
    people.hourly_rate,
    people.hourly_rate_currency,
    coalesce(people.timezone, workspaces.timezone) as timezone,
    least(coalesce(people.first_tracked, workspaces.history_first), workspaces.today) as first_date,
    if(people.is_active, workspaces.today, people.last_tracked) as last_date
from people
inner join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = people.workspace_id
left join names on names.workspace_id = people.workspace_id and names.user_id = people.user_id
