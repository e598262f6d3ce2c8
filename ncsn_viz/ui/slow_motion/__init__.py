"""One step in slow motion: its stages and the card that plays them.

Other rooms use `card`, `stages`.
"""
