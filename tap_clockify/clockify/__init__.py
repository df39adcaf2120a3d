"""Clockify's API: hosts, subscriptions, workspaces, requests, pages, errors.

Facts about Clockify that hold whatever a run reads belong here. Code here knows no streams, tables
or settings; it makes requests through ``http``.
"""
