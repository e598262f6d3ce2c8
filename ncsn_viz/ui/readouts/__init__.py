"""Readouts of numbers: table and footer of metrics, mode weights, noise ladder, values under the cursor.

Other rooms use `bottom_panel`, `cursor_readout`, `footer`, `noise_ladder`, `time_slider`.
"""
