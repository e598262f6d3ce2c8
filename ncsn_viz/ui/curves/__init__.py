"""Curves of training: cards with a menu, axes and lines, and the legend of the lanes.

Other rooms use `card`, `legend`.
"""
