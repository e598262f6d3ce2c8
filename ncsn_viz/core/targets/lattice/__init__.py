"""The density of weights on a lattice, one Gaussian for each cell, and how mass becomes such weights."""

from ncsn_viz.core.targets.lattice.lattice_mixture import MIN_BANDWIDTH, LatticeMixture
from ncsn_viz.core.targets.lattice.mass_assignment import area_average, overlaps, share_gaussians, share_points

__all__ = ["MIN_BANDWIDTH", "LatticeMixture", "area_average", "overlaps", "share_gaussians", "share_points"]
