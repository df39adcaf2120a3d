{{ config(enabled=var('clockify__using_approval_requests', true)) }}

select
    requests.workspace_id,
    requests.approval_request_id,
    requests.user_id,
    coalesce(people.user_name, requests.user_name, '(removed person)') as user_name,
    date(
        requests.starts_at, {{ zone_of_period('requests.starts_at', 'requests.zone') }}
    ) as first_date,
    date(requests.ends_at, {{ zone_of_period('requests.starts_at', 'requests.zone') }}) as last_date,
    requests.status,
    requests.status_changed_at,
    date_diff(
        requests.today, date(requests.status_changed_at, requests.zone_of_today), day
    ) as days_in_status,
    requests.hours,
    requests.billable_hours,
    requests.approved_hours,
    requests.pending_hours,
    requests.amount,
    requests.cost_amount,
    requests.expense_amount,
    requests.currency
from (
    select
        approvals.*,
        coalesce(approvals.timezone, workspaces.timezone) as zone,
        workspaces.today,
        workspaces.timezone as zone_of_today,
        workspaces.currency
    from {{ ref('stg_clockify__approval_requests') }} as approvals
    inner join {{ ref('int_clockify__workspaces') }} as workspaces
        on workspaces.workspace_id = approvals.workspace_id
) as requests
left join {{ ref('int_clockify__people') }} as people
    on people.workspace_id = requests.workspace_id and people.user_id = requests.user_id
