"""One JSON schema per stream: the only place where columns are named and described."""
