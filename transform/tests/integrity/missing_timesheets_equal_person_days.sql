{{ clockify.same_sums(
    [ref('clockify__missing_timesheets'), ['workspace_id', 'user_id'], ['missing_hours']],
    ["(select days.* from " ~ ref('clockify__person_days') ~ " as days inner join "
     ~ ref('int_clockify__workspaces') ~ " as workspaces"
     ~ " on workspaces.workspace_id = days.workspace_id and days.date < workspaces.today"
     ~ " where days.is_active and days.is_working_day)",
     ['workspace_id', 'user_id'], ['missing_hours']]
) }}
