"""Trajectories from noise to data through all noise levels: from one start by the ODE and by the SDE, and of a mesh."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import ProbabilityFlow, ReverseSDE, State
from ncsn_viz.lab.snapshot import FlowPaths, as_floats

STEPS = 60  # between the largest and the smallest noise, and one more to none
LINES = 11  # of the mesh in each direction
POINTS = 61  # along each of them
REACH = 1.5  # half a side of the mesh, in largest standard deviations of a noisy point


class FlowTrace:
    """The trajectories that begin at `start` at the noise `high`, and end at `low` and then without noise.

    The flow dx/dσ = −σ s(x, σ) by Heun's steps; the reverse SDE by Euler–Maruyama with noise of the seed, so that it
    is the same for every start, every lane and every training step. With a `mesh`, (centre, spread of the data), lines
    that are straight at `high` are carried along by the flow.
    """

    def __init__(
        self,
        field: Field,
        noise: tuple[float, float],
        start: tuple[float, float],
        seed: int,
        device: torch.device,
        mesh: tuple[tuple[float, float], float] | None = None,
    ) -> None:
        self._field, self._seed, self._device = field, seed, device
        high, low = noise
        self._ode = ProbabilityFlow(sigma_max=high, sigma_min=low, steps=STEPS)
        self._sde = ReverseSDE(sigma_max=high, sigma_min=low, steps=STEPS)
        self._start = torch.tensor([start], device=device)
        self._mesh = None if mesh is None else mesh_points(mesh[0], REACH * math.hypot(high, mesh[1])).to(device)
        self.result: FlowPaths | None = None

    def compute(self) -> Iterator[None]:
        """Compute `result`, yielding after every step."""
        points = self._start if self._mesh is None else torch.cat([self._start, self._mesh.reshape(-1, 2)])
        generator = torch.Generator(self._device).manual_seed(self._seed)
        flow, noisy = State(points), State(self._start)
        flows, randoms = [flow.x], [noisy.x]
        for _ in range(self._ode.num_steps()):
            with torch.no_grad():  # not around the yield: others work meanwhile
                flow = self._ode.step(flow, self._field, generator)
                noisy = self._sde.step(noisy, self._field, generator)
            flows.append(flow.x)
            randoms.append(noisy.x)
            yield
        trajectories = torch.stack(flows)
        mesh = None
        if self._mesh is not None:
            mesh = as_floats(trajectories[:, 1:].reshape(len(trajectories), *self._mesh.shape))
        self.result = FlowPaths(
            (*self._ode.sigmas(), 0.0), as_floats(trajectories[:, 0]), as_floats(torch.stack(randoms)[:, 0]), mesh
        )


def mesh_points(centre: tuple[float, float], half: float) -> torch.Tensor:
    """Points on LINES lines upwards and as many across a square, `half` of a side long: (2 LINES, POINTS, 2)."""
    fixed, along = torch.linspace(-half, half, LINES), torch.linspace(-half, half, POINTS)
    upwards = torch.stack(torch.meshgrid(fixed, along, indexing="ij"), dim=-1)
    return torch.cat([upwards, upwards.flip(-1)]) + torch.tensor(centre)
