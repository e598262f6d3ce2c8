"""Samplers: rules that move particles along a score. The list is in menu order."""

from ncsn_viz.core.samplers.annealed_langevin import AnnealedLangevin
from ncsn_viz.core.samplers.base import Sampler, State
from ncsn_viz.core.samplers.gradient_flow import GradientFlow
from ncsn_viz.core.samplers.langevin import Langevin

SAMPLERS: tuple[type[Sampler], ...] = (AnnealedLangevin, Langevin, GradientFlow)

__all__ = ["SAMPLERS", "AnnealedLangevin", "GradientFlow", "Langevin", "Sampler", "State"]
