"""A Singer tap for TimeCamp."""
