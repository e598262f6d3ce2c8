"""Advice and diagnoses in the window, with buttons that apply a remedy.

Other rooms use `banner`, `lane_notes`.
"""
