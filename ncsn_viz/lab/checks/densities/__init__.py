"""Checks of the targets: mixtures, and densities on a lattice."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.densities import lattice, mixture

CHECKS: tuple[Check, ...] = (
    mixture.FORMULAS, mixture.SAMPLES, lattice.SUM, lattice.INTERPOLATION, lattice.LATTICE_SAMPLES,
    lattice.PAINTED_OVER,
)  # fmt: skip

__all__ = ["CHECKS"]
