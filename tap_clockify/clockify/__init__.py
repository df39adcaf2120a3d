"""Which workspaces a key can see, and what it may see of them.

Questions to Clockify that a run asks before it reads a table belong here. Code here knows no
streams, tables or settings; it makes requests through ``clockify_client``.
"""
