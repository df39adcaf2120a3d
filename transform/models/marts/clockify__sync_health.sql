with last_runs as (
    select *
    from {{ ref('stg_clockify__sync_runs') }}
    qualify row_number() over (
        partition by workspace_id, stream order by started_at desc, run_id desc
    ) = 1
),

loaded as (
    select 'summary' as stream, workspace_id, user_id, date, hours, amount, import_timestamp
    from {{ ref('stg_clockify__summary') }}
    union all
    select 'time_entries' as stream, workspace_id, user_id, date, hours, amount, import_timestamp
    from {{ ref('stg_clockify__time_entries') }}
),

of_window as (
    select
        last_runs.workspace_id,
        last_runs.stream,
        sum(loaded.hours) as hours,
        sum(loaded.amount) as amount,
        -- As in the proof: Clockify rounds some of its amounts of a day and person.
        0.005 + 0.01 * count(distinct concat(cast(loaded.date as string), loaded.user_id)) as tolerance,
        countif(loaded.import_timestamp < last_runs.import_timestamp) as rows_left_behind
    from last_runs
    inner join loaded
        on loaded.workspace_id = last_runs.workspace_id
        and loaded.stream = last_runs.stream
        and loaded.date between last_runs.window_first and last_runs.window_last
    group by last_runs.workspace_id, last_runs.stream
),

compared as (
    select
        last_runs.*,
        last_runs.stream in ('summary', 'time_entries') as has_hours,
        coalesce(of_window.hours, 0.0) as hours_in_table,
        coalesce(of_window.amount, 0.0) as amount_in_table,
        coalesce(of_window.tolerance, 0.005) as tolerance,
        coalesce(of_window.rows_left_behind, 0) as rows_left_behind
    from last_runs
    left join of_window
        on of_window.workspace_id = last_runs.workspace_id and of_window.stream = last_runs.stream
)

select
    compared.workspace_id,
    workspaces.workspace_name,
    compared.stream,
    compared.started_at as last_run_at,
    compared.status,
    compared.reason,
    compared.window_first,
    compared.window_last,
    clockify_hours as hours_clockify,
    hours as hours_run,
    if(has_hours, hours_in_table, null) as hours_table,
    if(has_hours, hours_in_table - clockify_hours, null) as hours_difference,
    clockify_amount as amount_clockify,
    amount as amount_run,
    if(has_hours, amount_in_table, null) as amount_table,
    if(has_hours, amount_in_table - clockify_amount, null) as amount_difference,
    rows_left_behind,
    case
        when status != 'succeeded' then false
        when not has_hours then true
        else
            coalesce(
                abs(hours_in_table - clockify_hours) <= 1e-6
                and abs(amount_in_table - clockify_amount) <= tolerance
                and rows_left_behind = 0,
                false
            )
    end as is_complete,
    coalesce(requests, 0) as requests,
    coalesce(rows_sent, 0) as rows_sent,
    coalesce(rows_removed, 0) as rows_removed
from compared
left join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = compared.workspace_id
