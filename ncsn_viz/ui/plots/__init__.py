"""The plot of a lane: its layers, colour scales and colour bar, axis ticks, and the mouse.

Other rooms use `color_scale`, `grid_lookup`, `plot`, `ticks`.
"""
