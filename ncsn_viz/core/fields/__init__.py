"""Protocols of a field (score, energy) and of a density; a field interpolated on a grid."""

from ncsn_viz.core.fields.grid_field import GridField
from ncsn_viz.core.fields.protocols import Density, Differentiable, Field, sigma_column

__all__ = ["Density", "Differentiable", "Field", "GridField", "sigma_column"]
