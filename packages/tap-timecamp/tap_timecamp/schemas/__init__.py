"""The columns of the streams."""
