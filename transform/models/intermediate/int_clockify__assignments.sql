-- One row for each scheduled assignment, with its first and its last day: as days of UTC if it begins
-- at midnight UTC, else in the zone of the tap.
select
    assignments.*,
    date(
        assignments.starts_at, {{ zone_of_period('assignments.starts_at', 'workspaces.timezone') }}
    ) as first_date,
    date(
        assignments.ends_at, {{ zone_of_period('assignments.starts_at', 'workspaces.timezone') }}
    ) as last_date
from {{ ref('stg_clockify__scheduling_assignments') }} as assignments
inner join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = assignments.workspace_id
