"""Clockify's API as such: hosts, subscriptions, workspaces, requests, pages, errors.

What is true of Clockify whatever a run reads belongs here. Code here knows no stream, no table and
no setting; it makes requests through ``http``.
"""
