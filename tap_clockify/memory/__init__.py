"""The Singer state: what earlier runs sent, what is gone now, and what the next run needs.

Code here knows rows by key and day, and nothing of Clockify: the tables define their keys.
"""
