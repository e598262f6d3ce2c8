"""Knobs as widgets: rows, forms and sections, and the base of every panel that edits a Spec.

Other rooms use `editor`, `file_dialog`, `form`, `formula_editor`, `rows`, `section`.
"""
