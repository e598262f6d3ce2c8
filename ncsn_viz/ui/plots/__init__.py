"""The plot of a lane: its layers, colour scales and colour bar, axis ticks, and the mouse."""
