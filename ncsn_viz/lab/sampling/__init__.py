"""Particles of one lane: their steps, constraints, trails and trajectories; those of the flow; streamlines.

Other rooms use `flow_trace`, `particle_system`, `streamlines`.
"""
