"""Clockify's API: settings, hosts, subscriptions, requests, pages, errors.

What holds for every program that talks to Clockify belongs here. Code here knows no streams, tables
or state.
"""
