"""Time zones, local days, and windows of days.

Pure functions of dates and instants: no request, no setting, no column of a table.
"""
