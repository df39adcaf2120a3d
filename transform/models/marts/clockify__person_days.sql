with tracked as (
    select
        workspace_id,
        user_id,
        date,
        sum(hours) as hours,
        sum(billable_hours) as billable_hours,
        sum(if(is_break, hours, 0.0)) as break_hours,
        sum(if(type in ('HOLIDAY', 'TIME_OFF'), hours, 0.0)) as time_off_hours,
        sum(if(type in ('BREAK', 'HOLIDAY', 'TIME_OFF'), 0.0, hours)) as worked_hours
    from {{ ref('clockify__time_entries') }}
    group by workspace_id, user_id, date
),

capacity as (
    select capacity.*
    from {{ ref('int_clockify__capacity') }} as capacity
    inner join {{ ref('int_clockify__people') }} as people
        on people.workspace_id = capacity.workspace_id and people.user_id = capacity.user_id
    where
        capacity.date >= people.first_date
        and (people.is_active or capacity.date <= people.last_date)
),

days as (
    select
        coalesce(capacity.workspace_id, tracked.workspace_id) as workspace_id,
        coalesce(capacity.user_id, tracked.user_id) as user_id,
        coalesce(capacity.date, tracked.date) as date,
        coalesce(capacity.date, tracked.date) > workspaces.today as is_ahead,
        coalesce(capacity.is_working_day, false) as is_working_day,
        coalesce(tracked.hours, 0.0) as hours,
        coalesce(tracked.billable_hours, 0.0) as billable_hours,
        coalesce(tracked.break_hours, 0.0) as break_hours,
        coalesce(tracked.worked_hours, 0.0) as worked_hours,
        coalesce(capacity.planned_hours, 0.0) as planned_hours,
        -- Time off can be known from requests and from entries that Clockify creates for it.
        greatest(
            coalesce(capacity.absence_hours, 0.0),
            least(coalesce(tracked.time_off_hours, 0.0), coalesce(capacity.planned_hours, 0.0))
        ) as absence_hours
    from capacity
    full outer join tracked
        on tracked.workspace_id = capacity.workspace_id
        and tracked.user_id = capacity.user_id
        and tracked.date = capacity.date
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = coalesce(capacity.workspace_id, tracked.workspace_id)
    where capacity.date <= workspaces.today or tracked.date is not null
),

measured as (
    select
        days.*,
        -- Less than a second is the rounding of a float: a ratio to it would be beyond all measure.
        if(
            days.planned_hours - days.absence_hours > 1 / 3600,
            days.planned_hours - days.absence_hours,
            0.0
        ) as capacity_hours
    from days
)

select
    measured.workspace_id,
    measured.user_id,
    people.user_name,
    measured.date,
    {{ week_of('measured.date') }} as week,
    {{ month_of('measured.date') }} as month,
    people.is_active,
    measured.is_working_day,
    measured.hours,
    measured.billable_hours,
    measured.break_hours,
    measured.worked_hours,
    measured.absence_hours,
    measured.capacity_hours,
    -- What is missing on a day ahead is not known yet.
    if(
        not measured.is_ahead and measured.capacity_hours - measured.worked_hours > 1 / 3600,
        measured.capacity_hours - measured.worked_hours,
        0.0
    ) as missing_hours
from measured
inner join {{ ref('int_clockify__people') }} as people
    on people.workspace_id = measured.workspace_id and people.user_id = measured.user_id
