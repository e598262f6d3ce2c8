"""Sweeps: their figure, the window that shows one, and the dialog that makes one of the present experiment.

Other rooms use `figure`, `launcher`.
"""
