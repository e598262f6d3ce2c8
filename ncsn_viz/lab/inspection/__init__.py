"""Fields evaluated for drawing: on a grid, at a point, cached for the levels of the particles; densities of points.

Other rooms use `contours`, `data_density`, `field_cache`, `grid_evaluation`, `marginals`, `particle_density`,
`point_probe`.
"""
