"""A Streamlit dashboard over the marts that dbt builds from tap-clockify's tables."""
