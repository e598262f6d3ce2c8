"""Knobs as widgets: rows, forms, sections, and the base of every panel that edits a Spec."""
