"""The tap's streams, grouped by what they describe."""
