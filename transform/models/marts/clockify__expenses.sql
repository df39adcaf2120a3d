{{ config(enabled=var('clockify__using_expenses', true)) }}

select
    expenses.workspace_id,
    expenses.expense_id,
    expenses.user_id,
    coalesce(people.user_name, '(removed person)') as user_name,
    expenses.project_id,
    if(
        expenses.project_id = '',
        '(no project)',
        coalesce(projects.project_name, expenses.project_name, '(removed project)')
    ) as project_name,
    coalesce(projects.client_id, expenses.client_id) as client_id,
    coalesce(projects.client_name, expenses.client_name, '(no client)') as client_name,
    expenses.date,
    {{ month_of('expenses.date') }} as month,
    coalesce(expenses.category_name, '(no category)') as category_name,
    expenses.amount,
    if(expenses.is_billable, expenses.amount, 0.0) as billable_amount,
    coalesce(projects.currency, workspaces.currency) as currency,
    expenses.is_billable,
    expenses.is_locked,
    expenses.notes
from {{ ref('stg_clockify__expenses') }} as expenses
inner join {{ ref('int_clockify__workspaces') }} as workspaces
    on workspaces.workspace_id = expenses.workspace_id
left join {{ ref('int_clockify__people') }} as people
    on people.workspace_id = expenses.workspace_id and people.user_id = expenses.user_id
left join {{ ref('int_clockify__projects') }} as projects
    on projects.workspace_id = expenses.workspace_id and projects.project_id = expenses.project_id
