"""What the page about money asks."""

from __future__ import annotations

from clockify_dashboard.statements import Section

SECTIONS = (
    Section(
        "months",
        "client_id client_name month:date currency hours:number billable_hours:number"
        " amount:number cost_amount:number profit:number billable_hours_without_rate:number"
        " hours_without_cost:number",
        """
        select client_id, client_name, month, currency, hours, billable_hours, amount, cost_amount,
            profit, billable_hours_without_rate, hours_without_cost
        from {clockify__client_months}
        where {in_workspaces} and {of_clients}
            and last_day(month) >= @first and month <= @last
        """,
    ),
    Section(
        "uninvoiced",
        "client_name project_name currency hours:number amount:number amount_0_30:number"
        " amount_31_60:number amount_61_90:number amount_over_90:number hours_without_rate:number"
        " oldest_date:date",
        """
        select client_name, project_name, currency, hours, amount, amount_0_30, amount_31_60,
            amount_61_90, amount_over_90, hours_without_rate, oldest_date
        from {clockify__uninvoiced}
        where {in_workspaces} and {of_clients}
        """,
    ),
    Section(
        "leakage",
        "reason currency entries:count hours:number amount_at_risk:number",
        """
        select reason, currency, count(*) as entries, sum(hours) as hours,
            sum(amount_at_risk) as amount_at_risk
        from {clockify__rate_leakage}
        where {in_workspaces} and {of_clients} and date between @first and @last
        group by reason, currency
        """,
    ),
    Section(
        "invoices",
        "number client_name status due_date:date days_overdue:count balance_amount:number"
        " amount:number currency",
        """
        select number, client_name, status, due_date, days_overdue, balance_amount, amount, currency
        from {clockify__invoices}
        where {in_workspaces} and {of_clients} and balance_amount > 0
            and status not in ('UNSENT', 'VOID', 'PAID')
        """,
        optional=True,
    ),
    Section(
        "expenses",
        "month:date category_name currency amount:number billable_amount:number",
        """
        select month, category_name, currency, sum(amount) as amount,
            sum(billable_amount) as billable_amount
        from {clockify__expenses}
        where {in_workspaces} and {of_clients} and date between @first and @last
        group by month, category_name, currency
        """,
        optional=True,
    ),
)
