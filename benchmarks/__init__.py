"""Benchmarks of the tap, compared with references that are measured in the same run."""
