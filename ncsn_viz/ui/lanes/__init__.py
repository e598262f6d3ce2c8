"""Lanes side by side: cards, headers, the panel of the chosen lane, linking.

Other rooms use `arrangement`, `grid`, `lane_actions`, `panel`.
"""
