"""Checks of the analysis of fields: calculus on grids, recovered densities, the partition function."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.calculus import fields, interpolated, partition, recovered

CHECKS: tuple[Check, ...] = (
    fields.SIGNS, fields.POTENTIAL, partition.PARTITION, partition.SHOWN_Z, recovered.LINE, recovered.FLOW,
    interpolated.INTERPOLATED,
)  # fmt: skip

__all__ = ["CHECKS"]
