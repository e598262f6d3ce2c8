"""Checks of the targets: mixtures, densities on a lattice, and their pictures."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.densities import lattice, mixture, pictures

CHECKS: tuple[Check, ...] = (
    mixture.FORMULAS, mixture.SAMPLES, lattice.SUM, lattice.INTERPOLATION, lattice.LATTICE_SAMPLES,
    lattice.PAINTED_OVER, pictures.IMAGE,
)  # fmt: skip

__all__ = ["CHECKS"]
