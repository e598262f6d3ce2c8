"""Checks of the losses: constants between them, their levels, their floors and their minima."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.objectives import constants, hutchinson, levels, minima, paths, sliced

CHECKS: tuple[Check, ...] = (
    constants.VINCENT,
    constants.HYVARINEN,
    sliced.IMPLICIT,
    sliced.SLICED,
    hutchinson.GAUSSIAN,
    hutchinson.RADEMACHER,
    levels.LEVELS,
    levels.FLOORS,
    paths.PATH_LOSSES,
    minima.MINIMA,
    minima.CONTRASTIVE,
)

__all__ = ["CHECKS"]
