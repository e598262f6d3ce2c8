"""Constraints on particles (one held at a point, all held at a noise level) and the particle that is tracked."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from dataclasses import replace

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import Sampler, State
from ncsn_viz.lab.snapshot import TrackedParticle

PATH = 60  # steps for which the path of the tracked particle is kept


class ParticleConstraints:
    """Holds one particle at a point, or all of them at a noise level; records the path of the tracked particle."""

    def __init__(self) -> None:
        self.tracked: int | None = None
        self.pin: tuple[float, float] | None = None  # where the tracked particle is held
        self.sigma: float | None = None  # noise level at which all are held
        self._path: deque[torch.Tensor] = deque(maxlen=PATH)
        self._described: tuple[State, bool, TrackedParticle] | None = None

    def track(self, index: int | None) -> None:
        """Track another particle, or none."""
        if index != self.tracked:
            self.tracked = index
            self.clear_path()

    def clear_path(self) -> None:
        """Forget the path."""
        self._path.clear()
        self._described = None

    def apply(self, state: State, sampler: Sampler) -> State:
        """The state under the constraints; the position of the tracked particle is recorded."""
        if self.pin is not None and self.tracked is not None:
            state = move_particle(state, self.tracked, self.pin)
        if self.sigma is not None:
            state = at_noise_level(state, sampler, self.sigma)
        self.record_position(state)
        return state

    def record_position(self, state: State) -> None:
        """Append the position of the tracked particle to its path."""
        if self.tracked is not None:
            self._path.append(state.x[self.tracked].clone())

    def frozen_by(self, sampler: Sampler) -> bool:
        """Whether particles held at a level cannot move, because the sampler has no steps that stay at a level."""
        return self.sigma is not None and not sampler.stationary_levels

    def tracked_particle(self, state: State) -> TrackedParticle | None:
        """The tracked particle as it is drawn; the same object until something changes."""
        if self.tracked is None:
            return None
        held = self.pin is not None
        if self._described is None or self._described[0] is not state or self._described[1] != held:
            self._described = (state, held, self._describe(state, self.tracked, held))
        return self._described[2]

    def _describe(self, state: State, index: int, held: bool) -> TrackedParticle:
        here, move = state.x[index], state.components
        rows = [here] if move is None else [here, move.start[index], move.end[index], move.drift[index]]
        if move is not None and move.inertia is not None:
            rows.append(move.inertia[index])
        path = list(self._path) or [here]
        numbers = torch.stack([*path, *rows]).float().cpu().numpy()  # one transfer from the device
        way, (position, *parts) = numbers[: len(path)], numbers[len(path) :]
        if not parts:
            return TrackedParticle(index, way, position, position, held=held)
        start, end, drift, inertia = (*parts, None)[:4]
        noise = end - start - drift - (0 if inertia is None else inertia)
        refused = state.proposed > 0 and not held and not np.array_equal(position, end)
        return TrackedParticle(index, way, start, end, drift, noise, inertia, refused, held)


def move_particle(state: State, index: int, point: tuple[float, float]) -> State:
    """The state with one particle at `point`, with velocity 0."""
    where = torch.tensor([index], device=state.x.device)
    x = state.x.index_copy(0, where, state.x.new_tensor([point]))  # a copy: the step before shares its tensor
    velocity = None if state.velocity is None else state.velocity.index_fill(0, where, 0.0)
    denoised = None if state.denoised is None else state.denoised.without(where)
    return replace(state, x=x, velocity=velocity, denoised=denoised)


def inject(state: State, indices: torch.Tensor, points: torch.Tensor, generator: torch.Generator) -> State:
    """The state with the particles numbered `indices` (k,) at `points` (k, 2)."""
    velocity = state.velocity
    if velocity is not None:
        fresh = torch.randn(points.shape, generator=generator, device=points.device, dtype=points.dtype)
        velocity = velocity.index_copy(0, indices, fresh)
    denoised = None if state.denoised is None else state.denoised.without(indices)
    x = state.x.index_copy(0, indices, points)
    return replace(state, x=x, velocity=velocity, denoised=denoised, components=None)


def at_noise_level(state: State, sampler: Sampler, sigma: float) -> State:
    """The state at the level nearest to `sigma`, in the logarithm; as it is if there is but one level."""
    ladder = sampler.sigmas()
    if len(ladder) < 2:
        return state
    last = sampler.level_index(sampler.num_steps() - 1)
    logs = [math.log(max(each, 1e-6)) for each in (sigma, *ladder)]
    level = min(range(last + 1), key=lambda index: abs(logs[index + 1] - logs[0]))
    there = state.step < sampler.num_steps() and sampler.level_index(state.step) == level
    return state if there else replace(state, step=first_step(sampler, level))


def first_step(sampler: Sampler, level: int) -> int:
    """The first step of the sampler that is taken at `level`."""
    return bisect_left(range(sampler.num_steps()), level, key=sampler.level_index)
