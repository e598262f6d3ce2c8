"""The race of samplers at equal cost: who takes part, and a chart of how near each has come.

Other rooms use `card`.
"""
