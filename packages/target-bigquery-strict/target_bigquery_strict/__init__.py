"""A Singer target for BigQuery that loads every row, or fails."""
