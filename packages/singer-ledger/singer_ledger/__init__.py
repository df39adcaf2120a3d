"""Streams that send what changed and what is gone, for taps of services with few requests."""
