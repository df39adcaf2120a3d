"""Benchmarks of the tap, beside references measured in the same run."""
