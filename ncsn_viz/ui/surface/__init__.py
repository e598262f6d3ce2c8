"""The energy of a lane as a surface in three dimensions, rendered in software.

Other rooms use `height_field`, `surface`.
"""
