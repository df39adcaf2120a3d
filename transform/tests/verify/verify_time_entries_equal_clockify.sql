-- Hours and amount of the window in time_entries are those of Clockify's own summary report.
{{ clockify.table_equals_clockify('time_entries', 'duration_decimal', 'amount') }}
