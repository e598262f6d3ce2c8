"""Lanes side by side: cards, headers, the panel of the chosen lane, linking.

Other rooms use `grid`, `lane_actions`, `panel`.
"""
