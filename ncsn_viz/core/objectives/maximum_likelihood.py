"""Maximum likelihood of an energy, with log Z by quadrature on a grid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, regions, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, Quadrature, Terms, energies


@dataclass(frozen=True)
class MaximumLikelihood(Objective):
    """E[E(x)] + log Z, minimal at E = −log p + const. Z = ∫ exp(−E) dx by a sum over a grid.

    Each step shifts the grid at random by less than its spacing: the sum is then unbiased, and the network cannot place
    mass between fixed nodes. Lai, Song, Kim, Mitsufuji & Ermon 2025, chapter 3.
    """

    kind = "maximum_likelihood"
    title = "Maximum likelihood"
    about = "Lower the energy at the data, raise it elsewhere to lower log Z. Z is an integral: here it is a plain sum."
    formula = r"\mathbb{E}\left[ E(x) \right] + \log Z, \qquad Z = \int e^{-E(x)}\, dx"
    needs_energy = True

    nodes: int = knob(
        48,
        Integer(low=8, high=256, log=True, label="Grid nodes",
                below_reason="a sum over so few nodes says nothing of an integral",
                help="Nodes of the quadrature along each axis. Too few: narrow peaks of the model fall between them. "
                     "Many: a step costs their square."),
    )  # fmt: skip
    half_width: float = knob(
        12.0,
        Real(low=1, high=100, log=True, label="Grid reach",
             help="The grid covers [−R, R]². Too small: mass outside is not counted, and with data there the loss "
                  "falls without end. Too large: few nodes are left for the data.", symbol="R"),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean energy of `batch` (n, 2) plus log Z; in nats a point, comparable with the entropy of p."""
        energy = energies(net, batch, 0.0)
        data, log_z = energy.mean(), self.log_z(net, batch, generator)
        parts = {"data energy": data.detach(), "log Z": log_z.detach()}
        return Terms(data + log_z, parts, each=(energy + log_z).detach())

    def log_z(self, net: Differentiable, like: Tensor, generator: Generator) -> Tensor:
        """log of the sum of exp(−E) times the area of a cell, over the shifted grid."""
        spacing = 2 * self.half_width / self.nodes
        edge = self.half_width - spacing / 2
        points = regions.grid((-edge, edge, -edge, edge), self.nodes, self.nodes, like.device, like.dtype)
        shift = torch.rand(1, 2, generator=generator, device=like.device, dtype=like.dtype) - 0.5
        return torch.logsumexp(-energies(net, points + spacing * shift, 0.0), dim=0) + 2 * math.log(spacing)

    @property
    def quadrature(self) -> Quadrature:
        """The grid, before its shift."""
        return Quadrature(self.half_width, self.nodes)

    def symbols(self) -> Mapping[str, str]:
        """Of the terms, as the formula has them."""
        return {"data energy": "E at the data"}

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """The entropy of p, −E[log p]."""
        return -float(truth.log_density(truth.sample(n, generator), 0.0).mean())
