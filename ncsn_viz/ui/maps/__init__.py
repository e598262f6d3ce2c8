"""Maps: their colour scales, the colour bars of those, and values between the nodes of their grids.

Other rooms use `color_bar`, `color_scale`, `grid_lookup`.
"""
