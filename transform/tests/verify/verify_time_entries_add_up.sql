-- Each entry is consistent: its hours follow from its seconds, its day from its start, its amount and
-- its cost from its rates.
select
    entries.workspace_id,
    entries.id as time_entry_id,
    entries.date,
    concat(
        'Workspace ', entries.workspace_id, ', ', coalesce(cast(entries.date as string), 'no day'),
        ', entry ', entries.id,
        ': ',
        case
            when not abs(entries.duration_decimal - entries.duration_seconds / 3600) <= 1e-6
                then concat(
                    cast(entries.duration_seconds as string), ' seconds, but ',
                    {{ clockify.figure('entries.duration_decimal') }}, ' hours.'
                )
            when not coalesce(entries.date = date(entries.start, runs.timezone), false)
                then concat(
                    'it started on ',
                    coalesce(cast(date(entries.start, runs.timezone) as string), 'no day'), ' in ',
                    runs.timezone, '.'
                )
            when abs(entries.amount - entries.rate * entries.duration_decimal) > 0.01
                then concat(
                    'an amount of ', {{ clockify.figure('entries.amount') }}, ', but ',
                    {{ clockify.figure('entries.rate * entries.duration_decimal') }}, ' by its rate.'
                )
            else
                concat(
                    'a cost of ', {{ clockify.figure('entries.cost_amount') }}, ', but ',
                    {{ clockify.figure('entries.cost_rate * entries.duration_decimal') }},
                    ' by its rate.'
                )
        end
    ) as message
from {{ clockify.last_runs('time_entries') }} as runs
inner join {{ clockify.loaded('time_entries') }} as entries
    on entries.workspace_id = runs.workspace_id
where
    not entries.is_deleted
    and not coalesce(entries.is_running, false)
    and (
        not coalesce(abs(entries.duration_decimal - entries.duration_seconds / 3600) <= 1e-6, false)
        or not coalesce(entries.date = date(entries.start, runs.timezone), false)
        or (
            entries.billable
            and abs(entries.amount - entries.rate * entries.duration_decimal) > 0.01
        )
        or abs(entries.cost_amount - entries.cost_rate * entries.duration_decimal) > 0.01
    )
