"""Checks and commands for a release; RELEASING.md says when to use them. No part of a package."""
