"""Checks of the program against set-ups whose answers are known, in groups, in the order in which they are shown."""

from collections.abc import Mapping
from itertools import chain

from ncsn_viz.lab.checks import calculus, densities, drawn, metrics, networks, objectives, samplers
from ncsn_viz.lab.checks.base import Check, Outcome

GROUPS: Mapping[str, tuple[Check, ...]] = {
    "densities": densities.CHECKS,
    "networks": networks.CHECKS,
    "objectives": objectives.CHECKS,
    "samplers": samplers.CHECKS,
    "calculus": calculus.CHECKS,
    "metrics": metrics.CHECKS,
    "drawn": drawn.CHECKS,
}
CHECKS: tuple[Check, ...] = tuple(chain.from_iterable(GROUPS.values()))

__all__ = ["CHECKS", "GROUPS", "Check", "Outcome"]
