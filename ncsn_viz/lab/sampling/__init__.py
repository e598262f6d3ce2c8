"""Particles of one lane: their steps, constraints, trails and ways; the ways of the flow; streamlines.

Other rooms use `flow_trace`, `particle_system`, `streamlines`.
"""
