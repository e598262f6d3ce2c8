"""Fields evaluated for drawing: on a grid, at a point, and cached for the levels of the particles.

Other rooms use `contours`, `field_cache`, `grid_evaluation`, `point_probe`.
"""
