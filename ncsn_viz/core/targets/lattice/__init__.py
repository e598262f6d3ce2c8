"""The density of weights on a lattice: one Gaussian for each cell, all with one bandwidth."""

from ncsn_viz.core.targets.lattice.lattice_mixture import LatticeMixture

__all__ = ["LatticeMixture"]
