"""Runs the pipelines of many organisations in one Meltano project."""
