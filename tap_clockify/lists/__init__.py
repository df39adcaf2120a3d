"""Clockify's lists, such as clients, all of which are read in every run, page by page.

``listing`` declares a list and its table; ``reader`` reads it. Code here knows tables, never
streams.
"""
