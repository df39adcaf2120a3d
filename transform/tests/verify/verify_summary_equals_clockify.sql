-- Hours and amount of the window in summary are those of Clockify's own summary report.
{{ clockify.table_equals_clockify('summary', 'duration_decimal', 'amount_decimal') }}
