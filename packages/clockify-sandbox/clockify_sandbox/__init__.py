"""A stand-in for Clockify and a local BigQuery, to try and test tap-clockify without either."""
