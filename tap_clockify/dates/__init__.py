"""Time zones, local days, and windows of days.

Pure functions of dates and instants. No requests, settings or columns of tables here.
"""
