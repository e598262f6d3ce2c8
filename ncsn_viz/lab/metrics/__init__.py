"""The metrics: one file a metric or a family that is computed together, listed here in the order of tables."""

from ncsn_viz.lab.metrics.base import LaneNumbers, Metric, MetricInputs
from ncsn_viz.lab.metrics.likelihood import KL, LOG_Z, MASS_OUTSIDE, NLL, NLL_TRUTH, OFF_GRID, Z_CHANGE
from ncsn_viz.lab.metrics.particles import ACCEPTANCE, LOST, MMD, MODE_ERROR, MODE_WEIGHTS, ON_GRID, SLICED_W2
from ncsn_viz.lab.metrics.score_error import FISHER_COMMON, FISHER_DATA, FISHER_WINDOW, NON_CONSERVATIVE, SIGMA
from ncsn_viz.lab.metrics.straightness import STRAIGHTNESS
from ncsn_viz.lab.training.history import CHANCE_LEVEL, ERROR

__all__ = ["CHANCE_LEVEL", "ERROR", "METRICS", "LaneNumbers", "Metric", "MetricInputs"]

_LISTED = (
    FISHER_COMMON, SIGMA, FISHER_DATA, SLICED_W2, MODE_WEIGHTS, MODE_ERROR, LOST, ACCEPTANCE, NLL, KL, NLL_TRUTH, MMD,
    NON_CONSERVATIVE, STRAIGHTNESS, LOG_Z, Z_CHANGE, MASS_OUTSIDE, OFF_GRID, FISHER_WINDOW, ON_GRID,
)  # fmt: skip
METRICS = {metric.name: metric for metric in _LISTED}
