"""Send, retry, decode, count, hold back, fetch side by side.

Code here knows HTTP and no product: it is given URLs, a header and advice for error messages. A
rule that only Clockify has belongs in ``clockify``.
"""
