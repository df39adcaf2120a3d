{{ config(enabled=var('clockify__using_scheduling_assignments', true)) }}

{{ clockify.same_sums(
    [ref('clockify__forecast_weeks'), ['workspace_id', 'user_id', 'week'], ['tracked_hours']],
    [ref('clockify__time_entries'), ['workspace_id', 'user_id', 'week'], ['hours']]
) }}
