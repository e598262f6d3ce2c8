"""The velocity along the arc from data to noise is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import knob, knobs
from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class VPrediction(PathObjective):
    """½E‖v̂(x_t, t) − (α z − σ x)‖² with t uniform, on the cosine path. Salimans & Ho 2022, section 4 and appendix D.

    Where α = cos φ and σ = sin φ, v = dx_φ/dφ. It is the noise at large α and −x at small: well posed at both ends.
    """

    kind = "v_prediction"
    title = "v prediction"
    about = "Guess v = α z − σ x: the noise where there is little of it, the data where there is much."
    formula = (
        r"\mathbb{E}_{t,x,z}\left[ \frac{w(t)}{2}"
        r"\left\| \hat v(x_t, t) - (\alpha_t z - \sigma_t x) \right\|^2 \right], "
        r"\qquad x_t = \alpha_t\, x + \sigma_t\, z"
    )
    reading = "v"
    net_settings: ClassVar[Mapping[str, Any]] = {"conditioning": "v"}
    sampler_settings: ClassVar[Mapping[str, Any]] = {"kind": "probability_flow", "solver": "euler", "steps": 50}

    sigma_max: float = knob(100.0, knobs(PathObjective)["sigma_max"])
    sigma_min: float = knob(0.05, knobs(PathObjective)["sigma_min"])
    distribution: str = knob("uniform_t", knobs(PathObjective)["distribution"])
    weighting: str = knob("one", knobs(PathObjective)["weighting"])
    schedule: str = knob("vp_cosine", knobs(PathObjective)["schedule"])
