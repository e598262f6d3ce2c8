"""Evaluation of fields: on grids, by vector calculus, by likelihood, and against the truth by metrics."""

from ncsn_viz.core.analysis import calculus, grids, metrics
from ncsn_viz.core.analysis.likelihood import log_likelihood
from ncsn_viz.core.analysis.metrics import noisy_sample

__all__ = ["calculus", "grids", "log_likelihood", "metrics", "noisy_sample"]
