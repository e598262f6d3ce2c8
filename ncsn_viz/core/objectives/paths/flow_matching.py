"""Conditional flow matching on straight lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import knob, knobs
from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class FlowMatching(PathObjective):
    """½E‖û(x_t, t) − ẋ_t‖² with t uniform on x_t = (1 − t) x + t z, whose velocity ẋ_t is z − x.

    The best û is the velocity of the probability flow, E[z − x | x_t]. Lipman et al. 2023, equation 23; Liu et al.
    2023, equation 1; there t = 1 is the data. On any other path ẋ_t = α′ x + σ′ z.
    """

    kind = "flow_matching"
    title = "Flow matching"
    about = (
        "Guess the velocity z − x of straight lines from data to noise: a flow at the mean of these velocities carries "
        "noise to data."
    )
    formula = (
        r"\mathbb{E}_{t,x,z}\left[ \frac{w(t)}{2}\left\| \hat u(x_t, t) - \dot{x}_t \right\|^2 \right], "
        r"\qquad x_t = \alpha_t\, x + \sigma_t\, z"
    )
    reading = "velocity"
    net_settings: ClassVar[Mapping[str, Any]] = {"conditioning": "velocity"}
    sampler_settings: ClassVar[Mapping[str, Any]] = {"kind": "probability_flow", "solver": "euler", "steps": 50}

    sigma_max: float = knob(100.0, knobs(PathObjective)["sigma_max"])
    sigma_min: float = knob(0.05, knobs(PathObjective)["sigma_min"])
    distribution: str = knob("uniform_t", knobs(PathObjective)["distribution"])
    weighting: str = knob("one", knobs(PathObjective)["weighting"])
    schedule: str = knob("linear", knobs(PathObjective)["schedule"])
