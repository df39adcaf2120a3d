"""What earlier runs sent, what is gone now, and what to leave in the state for the next run.

Code here knows rows by key and day, and no product: the tables say what a key is.
"""
