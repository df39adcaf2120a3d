"""Changes before the lookback window: the change feed, and the days to read again.

``feed`` reads Clockify's change feed; ``days`` decides which days its changes affect. Code here
finds days but does not read them.
"""
