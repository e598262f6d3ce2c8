"""Checks of what is drawn: pictures of targets, maps of fields, recovered energies, the density of particles."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.drawn import maps, targets

CHECKS: tuple[Check, ...] = (targets.IMAGE, maps.MAPS, maps.RECOVERED_ENERGY, maps.KERNELS)

__all__ = ["CHECKS"]
