"""Advice and diagnoses in the window, with buttons that apply a remedy."""
