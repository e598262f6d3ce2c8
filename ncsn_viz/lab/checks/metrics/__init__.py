"""Checks of the measures of success."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.metrics import distances

CHECKS: tuple[Check, ...] = (distances.SLICED_W2, distances.MMD)

__all__ = ["CHECKS"]
