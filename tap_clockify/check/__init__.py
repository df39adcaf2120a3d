"""Whether a run could succeed (``--check``).

Questions about settings, key, plan and role belong here, and the sentences that answer them. Code
here sends what a run sends first, and small requests; it writes no record and no state.
"""
