"""Objects of Clockify's API to flat, typed rows.

Pure functions: what is needed besides the object is an argument. No request, no memory of earlier
rows, no message.
"""
