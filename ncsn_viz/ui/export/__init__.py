"""Images of lanes as files.

Other rooms use `figure`.
"""
