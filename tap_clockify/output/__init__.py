"""What leaves a run: messages (the one door to stdout), lines of the audit, the display.

Code here is handed rows and numbers. It asks for nothing, remembers nothing between runs, and knows
no product.
"""
