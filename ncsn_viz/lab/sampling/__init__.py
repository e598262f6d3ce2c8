"""Particles of one lane: their steps, constraints and trails; streamlines."""
