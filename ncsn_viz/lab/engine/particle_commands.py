"""Does in the lanes what the hand of a Spec asks for."""

from __future__ import annotations

from collections.abc import Sequence

from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment.hand import Hand
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.sampling.constraints import ParticleConstraints
from ncsn_viz.lab.sampling.particle_system import ParticleSystem

Alive = Sequence[tuple[Lane, ParticleSystem]]
PRIME = 1_000_003  # keeps the seeds of drops apart from each other and from the Spec's own


class ParticleCommandHandler:
    """Drops particles, holds one, takes all to a noise level. The same particle is followed in every lane."""

    def __init__(self) -> None:
        self.followed = 0

    def apply(self, lanes: Sequence[Lane], old: Spec, new: Spec) -> None:
        """Make up for what the hand has done between two Specs."""
        alive = [(lane, lane.particles) for lane in lanes if lane.particles is not None]
        was, now = old.run.hand, new.run.hand
        if now.grabs > was.grabs:
            self._choose(alive, now)
        self.followed = min(self.followed, new.particles.count - 1)
        for lane, crowd in alive:
            self._hold(lane, crowd.constraints, new)
        if now.drops[: len(was.drops)] == was.drops:
            for number in range(len(was.drops), len(now.drops)):
                self._drop(alive, new, number)
        if now.grabs > was.grabs or (was.holding and now.at != was.at):
            for lane, crowd in alive:
                crowd.move(self.followed, now.at, lane.spec.sampler)
        if now.scrubs > was.scrubs or (was.scrubbing and now.sigma != was.sigma):
            for lane, crowd in alive:
                if _is_scrubbed(lane.spec.name, now):
                    crowd.set_noise_level(now.sigma, lane.spec.sampler)
                    lane.field_cache.invalidate()

    def _choose(self, lanes: Alive, hand: Hand) -> None:
        """The nearest particle of the lane in which it was grabbed."""
        for lane, crowd in lanes:
            if lane.spec.name == hand.lane:
                self.followed = crowd.nearest(hand.grabbed)

    def _hold(self, lane: Lane, grip: ParticleConstraints, spec: Spec) -> None:
        hand = spec.run.hand
        followed = hand.holding or "followed" in lane.layers(spec)
        grip.track(self.followed if followed else None)
        grip.pin = hand.at if hand.holding else None
        grip.sigma = hand.sigma if hand.scrubbing and _is_scrubbed(lane.spec.name, hand) else None

    def _drop(self, lanes: Alive, spec: Spec, number: int) -> None:
        x, y, count, spread = spec.run.hand.drops[number]
        for lane, crowd in lanes:
            generator = torch.Generator(lane.device).manual_seed((spec.seed + PRIME * (number + 1)) % 2**63)
            around = torch.randn(int(count), 2, generator=generator, device=lane.device)
            points = spread * around + torch.tensor([x, y], device=lane.device)
            crowd.inject(points, generator, lane.spec.sampler)


def _is_scrubbed(name: str, hand: Hand) -> bool:
    return hand.scrubbed in ("", name)
