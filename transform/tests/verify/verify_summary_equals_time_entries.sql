-- For each person, project, set of tags and day, summary and time_entries agree, over all days that
-- both cover, and amounts are in the same currency; running timers are in time_entries only, and count 0.
with covered as (
    select workspace_id, max(history_first) as first_date
    from (
        select * from {{ clockify.last_runs('summary') }} as of_summary
        union all
        select * from {{ clockify.last_runs('time_entries') }} as of_time_entries
    ) as runs
    group by workspace_id
),

both_tables as (
    select
        workspace_id,
        user_id,
        coalesce(project_id, '') as project_id,
        coalesce(tag_id, '') as tag_ids,
        date,
        coalesce(currency, '') as currency,
        duration_decimal as summary_hours,
        amount_decimal as summary_amount,
        0.0 as entries_hours,
        0.0 as entries_amount
    from {{ clockify.loaded('summary') }} as loaded_rows
    where not is_deleted
    union all
    select
        workspace_id,
        user_id,
        coalesce(project_id, '') as project_id,
        coalesce(tag_ids, '') as tag_ids,
        date,
        coalesce(currency, '') as currency,
        0.0 as summary_hours,
        0.0 as summary_amount,
        duration_decimal as entries_hours,
        amount as entries_amount
    from {{ clockify.loaded('time_entries') }} as loaded_rows
    where not is_deleted and not coalesce(is_running, false)
),

compared as (
    select
        both_tables.workspace_id,
        both_tables.user_id,
        both_tables.project_id,
        both_tables.tag_ids,
        both_tables.date,
        -- Without an amount, the report need not name the currency that the entries name. It names one
        -- even if the amounts of the entries are in two.
        coalesce(max(if(summary_amount != 0, currency, null)), '') as summary_currency,
        coalesce(
            string_agg(distinct if(entries_amount != 0, currency, null), ', '), ''
        ) as entries_currency,
        count(*) as rows_compared,
        coalesce(sum(both_tables.summary_hours), 0.0) as summary_hours,
        coalesce(sum(both_tables.entries_hours), 0.0) as entries_hours,
        coalesce(sum(both_tables.summary_amount), 0.0) as summary_amount,
        coalesce(sum(both_tables.entries_amount), 0.0) as entries_amount
    from both_tables
    inner join covered on covered.workspace_id = both_tables.workspace_id
    where covered.first_date is null or both_tables.date >= covered.first_date
    group by
        both_tables.workspace_id, both_tables.user_id, both_tables.project_id,
        both_tables.tag_ids, both_tables.date
)

select
    *,
    concat(
        'Workspace ', workspace_id, ', ', cast(date as string), ', person ', user_id, ', project ',
        if(project_id = '', '(none)', project_id), ': summary has ',
        {{ clockify.figure('summary_hours') }}, ' hours, time_entries have ',
        {{ clockify.figure('entries_hours') }}, '; the amounts are ',
        {{ clockify.figure('summary_amount') }}, ' ', summary_currency, ' and ',
        {{ clockify.figure('entries_amount') }}, ' ', entries_currency, '.'
    ) as message
from compared
where
    abs(summary_hours - entries_hours) > 1e-6
    -- Clockify rounds the amount of an entry to a hundredth.
    or abs(summary_amount - entries_amount) > 0.005 * rows_compared
    or strpos(entries_currency, summary_currency) = 0
