"""Noise-conditional score networks: the score itself, at many noise levels."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.objectives.paths.base import PathObjective


@dataclass(frozen=True)
class NCSN(PathObjective):
    """E_σ[λ(σ) · ½E‖s(x + σz; σ) + z/σ‖²] over the levels σ₁ > … > σ_L alike, or over log σ uniform in between.

    λ = σ² is the choice of Song & Ermon 2019, equations 5 and 6 and section 4.2. Under log-uniform σ it is also the
    likelihood weighting of Song, Durkan, Murray & Ermon 2021, theorem 1: g² dt = dσ² = 2σ² d log σ. On a path with
    α ≠ 1 the score is that of x_t = α x + σ z.
    """

    kind = "ncsn"
    title = "NCSN"
    about = "One network learns the scores of the data under many noise levels, from far-reaching to sharp."
    formula = (
        r"\mathbb{E}_{\sigma}\left[ \frac{\lambda(\sigma)}{2}\,"
        r"\mathbb{E}_{x,z}\left\| s(x+\sigma z;\,\sigma) + \frac{z}{\sigma} \right\|^2 \right]"
    )
    reading = "score"
