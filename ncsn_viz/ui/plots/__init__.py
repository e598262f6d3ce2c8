"""The plot of a lane: its view, layers, axes, and the mouse.

Other rooms use `image_layers`, `lane_axes`, `plot`.
"""
