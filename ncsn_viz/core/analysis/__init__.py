"""Analysis of fields: grids, vector calculus, likelihood, and metrics of the distance to the truth."""

from ncsn_viz.core.analysis import calculus, grids, metrics
from ncsn_viz.core.analysis.likelihood import log_likelihood
from ncsn_viz.core.analysis.metrics import noisy_sample

__all__ = ["calculus", "grids", "log_likelihood", "metrics", "noisy_sample"]
