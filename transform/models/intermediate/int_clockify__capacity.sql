-- One row for each person and day, in whole weeks, from the person's first day until 26 weeks ahead
-- and on all days with assignments: what the profile (else the workspace, else the variables) says the
-- person works on that weekday, and how much of that is a holiday or approved time off. Somebody who
-- is gone or deactivated plans no work after the last tracked day.
{%- set first_assigned = 'coalesce(assigned.first_date, people.first_date)' -%}
{%- set last_assigned = 'coalesce(assigned.last_date, people.first_date)' -%}
{%- set last_day = 'if(people.is_active, date_add(workspaces.today, interval 26 week), '
    'coalesce(people.last_date, people.first_date))' %}
with assigned as (
    select
        workspace_id,
        user_id,
        min(first_date) as first_date,
        max(last_date) as last_date
    from {{ ref('int_clockify__assignments') }}
    group by workspace_id, user_id
),

days as (
    select
        people.workspace_id,
        people.user_id,
        day as date,
        people.is_active or coalesce(day <= people.last_date, false) as is_there,
        coalesce(
            profiles.daily_hours, cast({{ var('clockify__daily_hours') }} as float64)
        ) as daily_hours,
        strpos(
            coalesce(
                profiles.working_days,
                workspaces.working_days,
                '{{ var("clockify__working_days") | join(",") }}'
            ),
            {{ weekday_of('day') }}
        ) > 0 as is_working_weekday
    from {{ ref('int_clockify__people') }} as people
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = people.workspace_id
    left join {{ ref('stg_clockify__member_profiles') }} as profiles
        on profiles.workspace_id = people.workspace_id and profiles.user_id = people.user_id
    left join assigned
        on assigned.workspace_id = people.workspace_id and assigned.user_id = people.user_id
    cross join unnest(
        generate_date_array(
            {{ week_of('least(people.first_date, ' ~ first_assigned ~ ')') }},
            date_add({{ week_of('greatest(' ~ last_day ~ ', ' ~ last_assigned ~ ')') }}, interval 6 day)
        )
    ) as day
),

planned as (
    select
        days.*,
        if(days.is_working_weekday and days.is_there, days.daily_hours, 0.0) as planned_hours,
        holidays.date is not null as is_holiday,
        coalesce(time_off.share_of_day, 0.0) as share_off,
        coalesce(time_off.hours, 0.0) as hours_off
    from days
    left join {{ ref('int_clockify__holidays') }} as holidays
        on holidays.workspace_id = days.workspace_id
        and holidays.user_id = days.user_id
        and holidays.date = days.date
    left join {{ ref('int_clockify__time_off') }} as time_off
        on time_off.workspace_id = days.workspace_id
        and time_off.user_id = days.user_id
        and time_off.date = days.date
)

select
    workspace_id,
    user_id,
    date,
    is_working_weekday and daily_hours > 0 and not is_holiday as is_working_day,
    planned_hours,
    if(
        is_holiday,
        planned_hours,
        least(planned_hours, planned_hours * share_off + hours_off)
    ) as absence_hours
from planned
