"""Analysis of fields: grids, calculus, potentials, densities of points, likelihood, distances to the truth."""

from ncsn_viz.core.analysis import calculus, grids, metrics, wasserstein
from ncsn_viz.core.analysis.kernel_density import cross_validated_bandwidth, kernel_density
from ncsn_viz.core.analysis.likelihood import log_likelihood
from ncsn_viz.core.analysis.metrics import noisy_sample
from ncsn_viz.core.analysis.straightness import straightness
from ncsn_viz.core.analysis.weighted_potential import KNOWN_SHARE, Pieces, finish, fit_weights, weighted_potential

__all__ = [
    "KNOWN_SHARE", "Pieces", "calculus", "cross_validated_bandwidth", "finish", "fit_weights", "grids",
    "kernel_density", "log_likelihood", "metrics", "noisy_sample", "straightness", "wasserstein",
    "weighted_potential",
]  # fmt: skip
