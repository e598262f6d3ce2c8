"""Objectives: losses whose minimiser is a score. The list is in menu order."""

from ncsn_viz.core.objectives.base import Objective, Terms
from ncsn_viz.core.objectives.denoising import Denoising
from ncsn_viz.core.objectives.implicit import Implicit
from ncsn_viz.core.objectives.ncsn import NCSN
from ncsn_viz.core.objectives.sliced import Sliced

OBJECTIVES: tuple[type[Objective], ...] = (Denoising, NCSN, Implicit, Sliced)

__all__ = ["NCSN", "OBJECTIVES", "Denoising", "Implicit", "Objective", "Sliced", "Terms"]
