"""Carries out what the mouse requests of particles: drop, hold, move, set the noise level."""

from __future__ import annotations

from collections.abc import Sequence

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checkpoint import Checkpoint, Entries
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import (
    Command,
    DropParticles,
    HoldNoiseLevel,
    HoldParticle,
    LetGo,
    MoveParticle,
    ShowTime,
)

PRIME = 1_000_003  # keeps the seeds of successive drops apart from each other and from the experiment's own


class ParticleCommandHandler:
    """What is held, and the particle that is tracked: the same one in every lane."""

    def __init__(self) -> None:
        self.tracked = 0
        self._drops = 0  # carried out so far
        self._held_in = -1  # slot of the lane in which the particle was taken hold of
        self._held_at: tuple[float, float] | None = None
        self._level: HoldNoiseLevel | None = None

    def state_dict(self) -> Checkpoint:
        """The tracked particle, and how many handfuls have been dropped."""
        return {"tracked": self.tracked, "drops": self._drops}

    def load_state_dict(self, entries: Entries) -> None:
        """Go on from a checkpoint. Raises ValidationError."""
        self.tracked, self._drops = entries.integer("tracked", high=10**9), entries.integer("drops")

    def update(self, lanes: Sequence[Lane], spec: Spec) -> None:
        """Bring the constraints of every lane's particles in line with what is held and with the layers shown."""
        if self._held_in not in (lane.spec.slot for lane in lanes):
            self._held_at = None
        self.tracked = min(self.tracked, spec.particles.count - 1)
        for lane in lanes:
            if lane.particles is not None:
                if spec.samples:
                    lane.particles.show_present()
                tracked = self._held_at is not None or "followed" in spec.layers_of(lane.spec)
                lane.particles.constraints.track(self.tracked if tracked else None)
                lane.particles.constraints.pin = self._held_at
                lane.particles.constraints.sigma = self._level.sigma if self._level and self._is_set(lane) else None

    def perform(self, command: Command, lanes: Sequence[Lane], spec: Spec, truth: Density | None) -> None:
        """Carry out a command about particles; any other one is ignored."""
        match command:
            case DropParticles():
                self._drop(command, lanes, spec)
            case HoldParticle(slot=slot, start=start, at=at):
                self._hold(slot, start, lanes)
                self._move(at, lanes, spec)
            case MoveParticle(at=at) if self._held_at is not None and at != self._held_at:
                self._move(at, lanes, spec)
            case HoldNoiseLevel() if command != self._level:
                self._set_level(command, lanes, spec)
            case ShowTime() if truth is not None and not spec.samples:
                self._show_time(command, lanes, truth)
            case LetGo():
                self._held_at = self._level = None
                self.update(lanes, spec)

    def _drop(self, command: DropParticles, lanes: Sequence[Lane], spec: Spec) -> None:
        self._drops += 1
        for lane in lanes:
            if lane.particles is not None:
                generator = torch.Generator(lane.device).manual_seed((spec.seed + PRIME * self._drops) % 2**63)
                z = torch.randn(command.count, 2, generator=generator, device=lane.device)
                points = command.spread * z + torch.tensor(command.at, device=lane.device)
                lane.particles.inject(points, generator, lane.spec.sampler)

    def _hold(self, slot: int, start: tuple[float, float], lanes: Sequence[Lane]) -> None:
        self._held_in = slot
        for lane in lanes:
            if lane.spec.slot == slot and lane.particles is not None:
                self.tracked = lane.particles.nearest(start)

    def _move(self, at: tuple[float, float], lanes: Sequence[Lane], spec: Spec) -> None:
        self._held_at = at
        self.update(lanes, spec)
        for lane in lanes:
            if lane.particles is not None and self._held_at is not None:
                lane.particles.move(self.tracked, at, lane.spec.sampler)

    def _show_time(self, command: ShowTime, lanes: Sequence[Lane], truth: Density) -> None:
        for lane in lanes:
            if lane.particles is not None and command.forward:
                lane.particles.show_forward(command.share, lane.spec.sampler, truth)
            elif lane.particles is not None:
                lane.particles.show_time(command.share, lane.spec.sampler)

    def _set_level(self, command: HoldNoiseLevel, lanes: Sequence[Lane], spec: Spec) -> None:
        self._level = command
        self.update(lanes, spec)
        for lane in lanes:
            if lane.particles is not None and self._is_set(lane):
                lane.particles.set_noise_level(command.sigma, lane.spec.sampler)
                lane.field_cache.invalidate()

    def _is_set(self, lane: Lane) -> bool:
        return self._level is not None and self._level.slot in (None, lane.spec.slot)
