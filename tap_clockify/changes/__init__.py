"""What changed before the lookback window: the change feed, and the days to read again.

``feed`` reads Clockify's feed as it is; ``days`` decides which days that means.
"""
