"""Checks of the targets: mixtures, densities on a lattice, and formulas."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.densities import formula, lattice, mixture

CHECKS: tuple[Check, ...] = (
    mixture.FORMULAS, mixture.SAMPLES, lattice.SUM, lattice.INTERPOLATION, lattice.LATTICE_SAMPLES,
    lattice.PAINTED_OVER, formula.MIXTURE, formula.PRESETS,
)  # fmt: skip

__all__ = ["CHECKS"]
