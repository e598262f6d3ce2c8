"""The density of Langevin particles between two modes, carried from step to step without any particle."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.numerics import Array
from ncsn_viz.lab.checks.samplers.gaussian import levels

REACH, NODES = 90.0, 1024  # of the line through both modes; spacing below the noise of a step


def annealed_weight(
    weight: float, modes: float, half_width: float, step_size: float, sigmas: tuple[float, float, int], steps: int
) -> float:
    """The share of particles at the second of two unit Gaussians at (∓m, ∓m) after annealed Langevin.

    `weight` is that of the first one, `modes` m, particles start uniformly in [−half_width, half_width]². The score
    along the diagonal depends on the position along it only, so that is a Markov chain on a line: its density is
    carried on by K(t′, t) = N(t′; t + ηᵢ s(t), 2ηᵢ), `steps` times for each of the levels `sigmas` (σ₁, σ_L, L).
    """
    t = np.linspace(-REACH, REACH, NODES)
    spacing, centre = t[1] - t[0], math.sqrt(2) * modes
    density = np.maximum(math.sqrt(2) * half_width - np.abs(t), 0)  # a square, seen along its diagonal
    for sigma in levels(*sigmas):
        v, eta = 1 + sigma**2, step_size * sigma**2 / sigmas[1] ** 2
        pull = np.tanh(centre * t / v + math.log((1 - weight) / weight) / 2)
        target = t + eta * (centre * pull - t) / v
        kernel: Array = np.exp(-((t[:, None] - target) ** 2) / (4 * eta)) * (spacing / math.sqrt(4 * math.pi * eta))
        for _ in range(steps):
            density = kernel @ density
    return float(density[t > 0].sum() / density.sum())
