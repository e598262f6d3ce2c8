"""Checks of the measures of success."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.metrics import distances, evaluation

CHECKS: tuple[Check, ...] = (distances.SLICED_W2, distances.MMD, evaluation.ABOVE_FLOOR, evaluation.LIKELIHOOD)

__all__ = ["CHECKS"]
