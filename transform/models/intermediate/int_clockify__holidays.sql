-- One row for each person and day of a holiday, annual ones in each year until next year's end.
with holidays as (
    select * from {{ ref('stg_clockify__holidays') }}
),

for_whom as (
    select holidays.workspace_id, holidays.holiday_id, people.user_id
    from holidays
    inner join {{ ref('int_clockify__people') }} as people
        on people.workspace_id = holidays.workspace_id
    where holidays.is_for_everyone
    union distinct
    select holidays.workspace_id, holidays.holiday_id, id as user_id
    from holidays
    cross join unnest(split(regexp_replace(holidays.user_ids, r'[\[\]" ]', ''), ',')) as id
    where id != ''
    union distinct
    select holidays.workspace_id, holidays.holiday_id, members.user_id
    from holidays
    cross join unnest(
        split(regexp_replace(holidays.user_group_ids, r'[\[\]" ]', ''), ',')
    ) as group_id
    inner join {{ ref('stg_clockify__user_group_members') }} as members
        on members.workspace_id = holidays.workspace_id and members.user_group_id = group_id
),

years as (
    select
        holidays.workspace_id,
        holidays.holiday_id,
        date_add(holidays.first_date, interval n year) as first_date,
        date_add(holidays.last_date, interval n year) as last_date
    from holidays
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = holidays.workspace_id
    cross join unnest(
        generate_array(
            0,
            if(
                holidays.is_annual,
                greatest(
                    extract(year from workspaces.today) + 1 - extract(year from holidays.first_date),
                    0
                ),
                0
            )
        )
    ) as n
)

select distinct years.workspace_id, for_whom.user_id, day as date
from years
inner join for_whom
    on for_whom.workspace_id = years.workspace_id and for_whom.holiday_id = years.holiday_id
cross join unnest(generate_date_array(years.first_date, years.last_date)) as day
