"""Second derivatives in two ways: forward tangents, and double backward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.nets import EnergyMLP, Net, ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import Implicit, Objective, Sliced
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.bench import reference
from ncsn_viz.lab.bench.base import Row, Setting, at_most
from ncsn_viz.lab.bench.timing import Task, duration, interleaved

TWICE = "double backward"
OBJECTIVES: tuple[Objective, ...] = (Implicit(), Sliced())
NO_SLOWER = 1.15  # for one direction of a score network both cost the same; the rest is for a busy machine


@dataclass(frozen=True)
class Twice:
    """A network with (∇s)ᵀu by a backward pass through its score; uᵀ(∇s)u and the trace are those of (∇s)u."""

    net: Differentiable

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """The output of a score network, minus the gradient of an energy network."""
        energy = self.net.energy(x, sigma)
        return self.net.score(x, sigma) if energy is None else -_gradient(energy, x, torch.ones_like(energy))

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor | None:
        """The energy of the network."""
        return self.net.energy(x, sigma)

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One backward pass a direction."""
        point = x.detach().requires_grad_()
        score = self.score(point, sigma)
        return score, torch.stack([_gradient(score, point, u) for u in directions])


def _gradient(values: torch.Tensor, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    (found,) = torch.autograd.grad(values, x, weights, create_graph=True)
    return found


def tangents(setting: Setting) -> Iterator[Row]:
    """A training step of implicit and of sliced score matching, with score and energy networks, in both ways."""
    truth = Moons().build(setting.device)
    for kind in (ScoreMLP, EnergyMLP):
        for objective in OBJECTIVES:
            net = kind(hidden=reference.WIDTH, layers=reference.LAYERS)
            ours = step(objective, net, truth, setting.device)
            theirs = step(objective, net, truth, setting.device, twice=True)
            times = interleaved({"forward": ours, TWICE: theirs}, setting, quick=5, full=30)
            name = f"{kind.kind.removesuffix('_mlp')}_{objective.kind}"
            yield duration(name, times["forward"], times[TWICE], TWICE, goal=at_most(NO_SLOWER))


def step(objective: Objective, settings: Net, truth: Density, device: str, twice: bool = False) -> Task:
    """A training step on new data: loss, gradient, Adam. A call returns the loss before it."""
    net = settings.build(torch.Generator().manual_seed(0), device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    generator = torch.Generator(device).manual_seed(0)
    field = Twice(net) if twice else net

    def call() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)
        loss = objective.loss(field, truth.sample(reference.BATCH, generator), truth, generator).loss
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.detach()

    return call
