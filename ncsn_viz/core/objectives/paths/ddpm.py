"""Denoising diffusion: the noise is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import knob, knobs
from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class DDPM(PathObjective):
    """½E‖ε̂(x_t, t) − z‖² with t uniform: the noise is predicted from the noisy point. Ho et al. 2020, equation 14.

    On the path of linear β. The best ε̂ is E[z | x_t] = −σ̂ s. Time is continuous, in place of 1,000 steps, from the t of
    the smallest to that of the largest noise.
    """

    kind = "ddpm"
    title = "DDPM"
    about = "Guess the noise in a mixture of data and noise: the loss of denoising diffusion models."
    formula = (
        r"\mathbb{E}_{t,x,z}\left[ \frac{w(t)}{2}\left\| \hat\varepsilon(x_t, t) - z \right\|^2 \right], "
        r"\qquad x_t = \alpha_t\, x + \sigma_t\, z"
    )
    reading = "epsilon"
    net_settings: ClassVar[Mapping[str, Any]] = {"conditioning": "epsilon"}
    sampler_settings: ClassVar[Mapping[str, Any]] = {"kind": "reverse_sde", "steps": 200}

    sigma_max: float = knob(100.0, knobs(PathObjective)["sigma_max"])
    sigma_min: float = knob(0.05, knobs(PathObjective)["sigma_min"])
    distribution: str = knob("uniform_t", knobs(PathObjective)["distribution"])
    weighting: str = knob("one", knobs(PathObjective)["weighting"])
    schedule: str = knob("vp_linear", knobs(PathObjective)["schedule"])
