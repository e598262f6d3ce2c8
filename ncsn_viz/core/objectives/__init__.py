"""Objectives: losses whose minimiser is a score or an energy. The list is in menu order."""

from ncsn_viz.core.objectives.base import Objective, Terms
from ncsn_viz.core.objectives.contrastive_divergence import ContrastiveDivergence
from ncsn_viz.core.objectives.denoising import Denoising
from ncsn_viz.core.objectives.explicit import Explicit
from ncsn_viz.core.objectives.implicit import Implicit
from ncsn_viz.core.objectives.maximum_likelihood import MaximumLikelihood
from ncsn_viz.core.objectives.noise_contrastive import NoiseContrastive
from ncsn_viz.core.objectives.paths import DDPM, EDM, NCSN, FlowMatching, VPrediction, X0Prediction
from ncsn_viz.core.objectives.sliced import Sliced

OBJECTIVES: tuple[type[Objective], ...] = (
    Denoising, NCSN, DDPM, X0Prediction, VPrediction, EDM, FlowMatching, Implicit, Sliced, Explicit, MaximumLikelihood,
    ContrastiveDivergence, NoiseContrastive,
)  # fmt: skip

__all__ = [
    "DDPM", "EDM", "NCSN", "OBJECTIVES", "ContrastiveDivergence", "Denoising", "Explicit", "FlowMatching", "Implicit",
    "MaximumLikelihood", "NoiseContrastive", "Objective", "Sliced", "Terms", "VPrediction", "X0Prediction",
]  # fmt: skip
