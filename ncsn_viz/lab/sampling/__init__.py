"""Particles of one lane: their steps, constraints and trails; streamlines.

Other rooms use `particle_system`, `streamlines`.
"""
