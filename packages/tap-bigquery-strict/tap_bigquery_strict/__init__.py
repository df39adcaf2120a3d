"""Singer tap for BigQuery."""
