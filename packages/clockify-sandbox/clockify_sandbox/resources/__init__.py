"""The kinds of object that the sandbox keeps as JSON: one declaration each, in its family's module.

A declaration says how an agency comes by such objects, what they refer to, who may read them under
which paths, and how a random edit changes one. `registry.resources` lists all of them. The routes,
the change feed, the edits and the truth for tests follow from it.
"""
