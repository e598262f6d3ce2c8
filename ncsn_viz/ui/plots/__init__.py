"""The plot of a lane: its layers, colour scales and colour bars, axis ticks, and the mouse.

Other rooms use `color_bar`, `color_scale`, `grid_lookup`, `map_image_layer`, `plot`, `ticks`.
"""
