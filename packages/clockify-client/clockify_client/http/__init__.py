"""HTTP: sending, retrying, decoding, counting, rate limits, and concurrent requests.

Code here knows HTTP but not Clockify: it is given URLs, a header and advice for error messages.
Rules that only Clockify has belong in the modules beside it.
"""
