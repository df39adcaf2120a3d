"""Reads tracked time from the reports, for all tables made from time entries.

A window is read until its pages agree, and is verified with Clockify's own totals. One reading of a
workspace serves all tables. Code here knows tables, never streams.
"""
