"""Singer tap for Clockify."""
