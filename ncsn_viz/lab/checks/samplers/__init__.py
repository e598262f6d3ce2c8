"""Checks of the samplers: on Gaussians, on a double well, and on modes that are far from each other."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.samplers import (
    acceptance,
    boltzmann,
    cost,
    gaussian,
    mode_weights,
    stationary,
    step_parts,
    underdamped,
)

CHECKS: tuple[Check, ...] = (
    mode_weights.LANGEVIN,
    mode_weights.ANNEALED,
    mode_weights.REVERSE_SDE,
    mode_weights.PROBABILITY_FLOW,
    gaussian.ASCENT_PATH,
    gaussian.LANGEVIN_SPREAD,
    gaussian.ANNEALED_SPREAD,
    gaussian.FLOW_PATH,
    gaussian.REVERSE_SPREAD,
    gaussian.CORRECTED_SPREAD,
    stationary.LANGEVIN_BIAS,
    stationary.MALA_BIAS,
    acceptance.METROPOLIS,
    underdamped.SPREAD,
    underdamped.OSCILLATION,
    boltzmann.BOLTZMANN,
    cost.COST,
    step_parts.STEP_PARTS,
)

__all__ = ["CHECKS"]
