"""Checks of the program against set-ups whose answers are known. The list is in the order in which they are shown."""

from ncsn_viz.lab.checks import boltzmann, constants, densities, partition, projections, stationary, weights
from ncsn_viz.lab.checks.base import Check, Outcome

CHECKS: tuple[Check, ...] = (
    weights.LANGEVIN,
    weights.ANNEALED,
    weights.REVERSE_SDE,
    weights.PROBABILITY_FLOW,
    constants.VINCENT,
    constants.HYVARINEN,
    projections.GAUSSIAN,
    projections.RADEMACHER,
    stationary.LANGEVIN_BIAS,
    stationary.MALA_BIAS,
    boltzmann.BOLTZMANN,
    partition.PARTITION,
    densities.FLOW,
    densities.LINE,
)

__all__ = ["CHECKS", "Check", "Outcome"]
