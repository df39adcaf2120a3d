"""What a run outputs: Singer messages on stdout, the audit, and the progress display.

Code here receives rows and numbers. It makes no requests, keeps nothing between runs, and knows
nothing of Clockify.
"""
