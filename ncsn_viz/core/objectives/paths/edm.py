"""The denoiser of Karras et al."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import knob, knobs
from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class EDM(PathObjective):
    """E_σ[λ ½‖D(x + σz; σ) − x‖²] with λ = (σ² + σ_d²)/(σ σ_d)² and log σ normal. Karras et al. 2022, table 1.

    For the network F in D = c_skip x̂ + c_out F this is ½‖F − target‖² with weight 1 at every σ. σ_d = 4 is the spread
    of the presets, and the distribution of σ is scaled with it.
    """

    kind = "edm"
    title = "EDM"
    about = "A denoiser whose network always has inputs and targets of size 1; middle noise levels are drawn most."
    formula = (
        r"\mathbb{E}_{\sigma,x,z}\left[ \frac{\lambda(\sigma)}{2}"
        r"\left\| D(x + \sigma z;\,\sigma) - x \right\|^2 \right]"
    )
    reading = "x0"
    net_settings: ClassVar[Mapping[str, Any]] = {"conditioning": "karras"}
    sampler_settings: ClassVar[Mapping[str, Any]] = {"kind": "probability_flow", "solver": "heun", "steps": 25}

    sigma_max: float = knob(100.0, knobs(PathObjective)["sigma_max"])
    sigma_min: float = knob(0.05, knobs(PathObjective)["sigma_min"])
    distribution: str = knob("log_normal", knobs(PathObjective)["distribution"])
    weighting: str = knob("edm", knobs(PathObjective)["weighting"])
    schedule: str = knob("karras", knobs(PathObjective)["schedule"])
