"""A Singer tap for what Fitbit measures, through the Google Health API."""
