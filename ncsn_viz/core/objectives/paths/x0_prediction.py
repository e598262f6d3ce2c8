"""The clean point is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import knob, knobs
from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class X0Prediction(PathObjective):
    """E_t[w ½‖x̂₀(x_t, t) − x‖²] with w = min(α²/σ², 5): the clean point is predicted from the noisy one.

    The best x̂₀ is E[x | x_t] = x̂ + σ̂² s. Salimans & Ho 2022, section 4; the weighting is min-SNR, Hang et al. 2023.
    """

    kind = "x0_prediction"
    title = "x₀ prediction"
    about = "Guess the clean point itself: the best guess is the mean of all that it may have been."
    formula = (
        r"\mathbb{E}_{t,x,z}\left[ \frac{w(t)}{2}\left\| \hat x_0(x_t, t) - x \right\|^2 \right], "
        r"\qquad x_t = \alpha_t\, x + \sigma_t\, z"
    )
    reading = "x0"
    net_settings: ClassVar[Mapping[str, Any]] = {"conditioning": "x0"}
    sampler_settings: ClassVar[Mapping[str, Any]] = {"kind": "probability_flow", "solver": "euler", "steps": 50}

    sigma_max: float = knob(100.0, knobs(PathObjective)["sigma_max"])
    sigma_min: float = knob(0.05, knobs(PathObjective)["sigma_min"])
    distribution: str = knob("uniform_t", knobs(PathObjective)["distribution"])
    weighting: str = knob("min_snr", knobs(PathObjective)["weighting"])
    schedule: str = knob("vp_cosine", knobs(PathObjective)["schedule"])
