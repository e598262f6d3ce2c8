"""The plot of a lane: its camera, its layers, its maps and their colours."""
