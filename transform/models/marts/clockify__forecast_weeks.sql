{{ config(enabled=var('clockify__using_scheduling_assignments', true)) }}

with scheduled as (
    select
        assignments.workspace_id,
        assignments.user_id,
        assignments.project_id,
        {{ week_of('day') }} as week,
        sum(assignments.hours_per_day) as scheduled_hours
    from {{ ref('int_clockify__assignments') }} as assignments
    cross join unnest(generate_date_array(assignments.first_date, assignments.last_date)) as day
    left join {{ ref('int_clockify__capacity') }} as capacity
        on capacity.workspace_id = assignments.workspace_id
        and capacity.user_id = assignments.user_id
        and capacity.date = day
    where
        strpos(coalesce(assignments.excluded_days, ''), cast(day as string)) = 0
        -- A capacity is known of everybody but people whom Clockify no longer has.
        and (
            assignments.includes_non_working_days
            or coalesce(capacity.is_working_day, extract(dayofweek from day) between 2 and 6)
        )
    group by assignments.workspace_id, assignments.user_id, assignments.project_id, week
),

tracked as (
    select workspace_id, user_id, project_id, week, sum(hours) as tracked_hours
    from {{ ref('clockify__time_entries') }}
    group by workspace_id, user_id, project_id, week
),

capacity as (
    select
        workspace_id,
        user_id,
        {{ week_of('date') }} as week,
        sum(planned_hours - absence_hours) as capacity_hours
    from {{ ref('int_clockify__capacity') }}
    group by workspace_id, user_id, week
),

weeks as (
    select
        coalesce(scheduled.workspace_id, tracked.workspace_id) as workspace_id,
        coalesce(scheduled.user_id, tracked.user_id) as user_id,
        coalesce(scheduled.project_id, tracked.project_id) as project_id,
        coalesce(scheduled.week, tracked.week) as week,
        coalesce(scheduled.scheduled_hours, 0.0) as scheduled_hours,
        coalesce(tracked.tracked_hours, 0.0) as tracked_hours
    from scheduled
    full outer join tracked
        on tracked.workspace_id = scheduled.workspace_id
        and tracked.user_id = scheduled.user_id
        and tracked.project_id = scheduled.project_id
        and tracked.week = scheduled.week
)

select
    weeks.workspace_id,
    weeks.user_id,
    coalesce(people.user_name, '(removed person)') as user_name,
    weeks.project_id,
    if(
        weeks.project_id = '', '(no project)', coalesce(projects.project_name, '(removed project)')
    ) as project_name,
    weeks.week,
    weeks.scheduled_hours,
    weeks.tracked_hours,
    coalesce(capacity.capacity_hours, 0.0) as capacity_hours,
    coalesce(capacity.capacity_hours, 0.0) - sum(weeks.scheduled_hours) over (
        partition by weeks.workspace_id, weeks.user_id, weeks.week
    ) as free_hours
from weeks
left join capacity
    on capacity.workspace_id = weeks.workspace_id
    and capacity.user_id = weeks.user_id
    and capacity.week = weeks.week
left join {{ ref('int_clockify__people') }} as people
    on people.workspace_id = weeks.workspace_id and people.user_id = weeks.user_id
left join {{ ref('int_clockify__projects') }} as projects
    on projects.workspace_id = weeks.workspace_id and projects.project_id = weeks.project_id
