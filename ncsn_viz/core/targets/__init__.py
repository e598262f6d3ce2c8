"""Targets: densities on the plane that are known exactly at every noise level. The list is in menu order."""

from ncsn_viz.core.targets.base import Coordinates, EmptyTarget, Target
from ncsn_viz.core.targets.formula import (
    Banana,
    Donut,
    Formula,
    FormulaTarget,
    Funnel,
    MullerBrown,
    SharpCheckerboard,
)
from ncsn_viz.core.targets.mixture import GaussianTarget, Mixture
from ncsn_viz.core.targets.painting import Painted
from ncsn_viz.core.targets.presets import Checkerboard, EightGaussians, Moons, Pinwheel, Rings, Smiley, Spiral, TwoModes
from ncsn_viz.core.targets.statistics import TargetStatistics

TARGETS: tuple[type[Target], ...] = (
    Moons, EightGaussians, Rings, Spiral, Pinwheel, Checkerboard, TwoModes, Smiley, Banana, Funnel, Donut,
    MullerBrown, SharpCheckerboard, Mixture, Formula, Painted,
)  # fmt: skip

__all__ = [
    "TARGETS", "Banana", "Checkerboard", "Coordinates", "Donut", "EightGaussians", "EmptyTarget", "Formula",
    "FormulaTarget", "Funnel", "GaussianTarget", "Mixture", "Moons", "MullerBrown", "Painted", "Pinwheel", "Rings",
    "SharpCheckerboard", "Smiley", "Spiral", "Target", "TargetStatistics", "TwoModes",
]  # fmt: skip
