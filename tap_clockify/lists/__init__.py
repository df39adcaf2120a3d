"""Whatever Clockify lists: read whole at every run, page by page, for the tables made of it.

``listing`` declares what a list is and what table it makes; ``reader`` reads it. Code here knows
tables, never streams.
"""
