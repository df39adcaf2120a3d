"""Time, through the reports, for every table made from entries.

Read until the pages agree, and prove the result by Clockify's own totals. One reading of a
workspace serves all tables. Code here knows tables, never streams.
"""
