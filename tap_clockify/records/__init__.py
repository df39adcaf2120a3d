"""Converts objects of Clockify's API to flat, typed rows.

Pure functions: everything needed besides the object is an argument. No requests, no state, and no
messages here.
"""
