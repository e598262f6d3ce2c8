"""The preconditioning of Karras et al. 2022, by what it is for: every part of it has unit variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.schedules import SIGMA_DATA
from ncsn_viz.lab.checks.base import Discrepancy, Values
from ncsn_viz.lab.checks.networks.gradients import random_network

if TYPE_CHECKING:
    from ncsn_viz.core.nets.modules import ScoreModule

SIGMAS = (0.05, 0.5, 4.0, 30.0)


@dataclass(frozen=True, kw_only=True)
class UnitVariance(Discrepancy):
    """For data of variance σ_data² the network's input and what it has to predict have variance 1 at every σ.

    With s = c_skip x + c_out F it has to predict F = (−z/σ − c_skip (y + σz))/c_out, y ~ N(0, σ_data²), z ~ N(0, 1).
    And of all c_skip that of Karras has the least c_out: F and the input are uncorrelated.
    """

    def measure(self, generator: torch.Generator) -> Values:
        """|variance − 1| of both, and their correlation, from the coefficients that the network has."""
        found: dict[str, float] = {}
        for sigma in SIGMAS:
            c_skip, c_out, c_in = coefficients(sigma)
            data, noise = -c_skip / c_out, -(1 / sigma + c_skip * sigma) / c_out  # of F: its factors of y and of z
            found |= {
                f"input at σ = {sigma:g}": abs(c_in**2 * (SIGMA_DATA**2 + sigma**2) - 1),
                f"output at σ = {sigma:g}": abs(data**2 * SIGMA_DATA**2 + noise**2 - 1),
                f"correlation at σ = {sigma:g}": abs(c_in * (data * SIGMA_DATA**2 + noise * sigma)),
            }
        return found


def coefficients(sigma: float) -> tuple[float, float, float]:
    """c_skip, c_out and c_in of a score network, from its score with two values of F and from F's inputs."""
    from ncsn_viz.core.nets.noise_embedding import noise_embedding

    net: ScoreModule = random_network(ScoreMLP(hidden=4, layers=1, conditioning="karras"))  # type: ignore[assignment]
    x = torch.ones(1, 2, dtype=torch.float64)
    weight, bias = net.mlp.layers()[-1]
    weight.zero_()
    scores = []
    for value in (0.0, 1.0):
        bias.fill_(value)  # F is its last bias
        scores.append(float(net.score(x, sigma)[0, 0]))
    return scores[0], scores[1] - scores[0], float(net.scaled_input(x, noise_embedding(sigma, x))[0, 0])


PRECONDITIONING = UnitVariance(
    name="preconditioning",
    what="With Karras' preconditioning, input and output of the network have unit variance at every σ.",
    source="Karras et al. 2022, appendix B.6, written for the score",
    seeds=1,
    tolerance=1e-9,
    because="rounding in float64",
)
