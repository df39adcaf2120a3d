"""The pages, one module each: what a page asks BigQuery, and how it shows the answer."""
