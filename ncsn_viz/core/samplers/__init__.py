"""Samplers: rules that move particles along a score. The list is in menu order."""

from ncsn_viz.core.samplers.annealed_langevin import AnnealedLangevin
from ncsn_viz.core.samplers.base import Sampler, State, StepFormula
from ncsn_viz.core.samplers.gradient_flow import GradientFlow
from ncsn_viz.core.samplers.hmc import HMC
from ncsn_viz.core.samplers.langevin import Langevin
from ncsn_viz.core.samplers.mala import MALA
from ncsn_viz.core.samplers.reverse import PredictorCorrector, ProbabilityFlow, ReverseSDE
from ncsn_viz.core.samplers.underdamped_langevin import UnderdampedLangevin

SAMPLERS: tuple[type[Sampler], ...] = (
    AnnealedLangevin, Langevin, GradientFlow, MALA, UnderdampedLangevin, HMC, ReverseSDE, PredictorCorrector,
    ProbabilityFlow,
)  # fmt: skip

__all__ = [
    "HMC", "MALA", "SAMPLERS", "AnnealedLangevin", "GradientFlow", "Langevin", "PredictorCorrector", "ProbabilityFlow",
    "ReverseSDE", "Sampler", "State", "StepFormula", "UnderdampedLangevin",
]  # fmt: skip
