-- One row for each person and day of approved time off: the share of the day, or hours. Clockify does
-- not say in which zone a period is: one that begins at midnight UTC is read as days of UTC,
-- any other in the person's zone. Hours are spread evenly over the days of the request.
with requests as (
    select
        requests.workspace_id,
        requests.user_id,
        requests.time_unit,
        requests.balance_difference,
        requests.is_half_day,
        date(requests.starts_at, {{ zone_of_period('requests.starts_at', 'zone') }}) as first_date,
        date(requests.ends_at, {{ zone_of_period('requests.starts_at', 'zone') }}) as last_date
    from (
        select
            time_off.*,
            coalesce(time_off.timezone, workspaces.timezone) as zone
        from {{ ref('stg_clockify__time_off_requests') }} as time_off
        inner join {{ ref('int_clockify__workspaces') }} as workspaces
            on workspaces.workspace_id = time_off.workspace_id
        where time_off.status = 'APPROVED'
    ) as requests
)

select
    workspace_id,
    user_id,
    day as date,
    sum(if(time_unit = 'HOURS', 0.0, if(is_half_day, 0.5, 1.0))) as share_of_day,
    sum(
        if(
            time_unit = 'HOURS',
            abs(coalesce(balance_difference, 0.0)) / (date_diff(last_date, first_date, day) + 1),
            0.0
        )
    ) as hours
from requests
cross join unnest(generate_date_array(first_date, last_date)) as day
group by workspace_id, user_id, day
