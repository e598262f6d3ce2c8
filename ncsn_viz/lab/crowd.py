"""The particles of one lane, on their way from release to rest."""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core import raster
from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.core.samplers import Sampler, State
from ncsn_viz.lab import grip
from ncsn_viz.lab.snapshot import ParticleImage
from ncsn_viz.lab.spec import Particles

REST = 70  # pictures between coming to rest and the next release
FADE = 0.86  # of a trail from one picture to the next
TRAIL_GAIN = 0.08
TRAIL_LIGHT = 0.5
JUDGED = 20_000  # particles by which it is judged how many have flown off
LOST = 1e4  # a particle this far out has flown off
Moment = tuple[int, int]  # how often particles have been released, and their step since; its last one where they rest


class Crowd:
    """Particles, their generators and their trails. `places` is the seed of their starts, `motion` of their noise."""

    def __init__(
        self, particles: Particles, sampler: Sampler, truth: Density, places: int, motion: int, device: torch.device
    ) -> None:
        self.places = torch.Generator(device).manual_seed(places)
        self.generator = torch.Generator(device).manual_seed(motion)
        self.trail: torch.Tensor | None = None
        self.grip = grip.Grip()
        self.releases = 0
        self.release(particles, sampler, truth)

    def release(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """Put the particles at their start."""
        state: State = sampler.init(start(particles, truth, self.places), self.generator)
        self.grip.forget()
        self.state = self.grip.hold(state, sampler)
        self.releases += 1
        self.rested = 0
        self._oldest = 0  # the particle that is dropped next: the others have lived shorter

    def rest(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """One picture at rest; after a while the particles are released again."""
        self.rested += 1
        if particles.loop and self.rested > REST:
            self.release(particles, sampler, truth)

    def done(self, sampler: Sampler) -> bool:
        """Whether the particles have come to rest."""
        return self.state.step >= sampler.length()

    def moment(self, particles: Particles, sampler: Sampler, pictures: int = 0) -> Moment:
        """Where on their way the particles are, or will be in some `pictures`; held at a level they stay there."""
        if self.grip.sigma is not None:
            pictures = 0
        if pictures and self.done(sampler) and particles.loop and self.rested + pictures > REST:
            return self.releases + 1, 0
        return self.releases, min(self.state.step + pictures * particles.speed, sampler.length() - 1)

    def step(self, sampler: Sampler, field: Field) -> None:
        """One step of the sampler, if it has not come to its end."""
        if not self.done(sampler) and not self.grip.stands(sampler):
            with torch.no_grad():
                self.state = self.grip.hold(sampler.step(self.state, field, self.generator), sampler)

    def wake(self, sampler: Sampler) -> None:
        """Particles at rest go through the last level of their way once more."""
        if self.done(sampler):
            last = sampler.level(sampler.length() - 1)
            self.state = replace(self.state, step=grip.first_step(sampler, last))
        self.rested = 0

    def drop(self, points: torch.Tensor, generator: torch.Generator, sampler: Sampler) -> None:
        """Put as many particles at `points` (k, 2), those first that have lived longest; never the one followed."""
        every = torch.arange(self._oldest, self._oldest + len(self.state.x), device=points.device) % len(self.state.x)
        places = every[every != (-1 if self.grip.followed is None else self.grip.followed)][: len(points)]
        if len(places):
            self.state = grip.drop(self.state, places, points[: len(places)].to(self.state.x.dtype), generator)
            self._oldest = int(places[-1]) + 1
        self.wake(sampler)

    def put(self, index: int, place: tuple[float, float], sampler: Sampler) -> None:
        """Put one particle at `place`."""
        self.state = grip.put(self.state, index, place)
        self.grip.note(self.state)
        self.wake(sampler)

    def go_to(self, sigma: float, sampler: Sampler) -> None:
        """Take all particles to the level nearest to `sigma`, where there are several."""
        self.state = grip.at_level(self.state, sampler, sigma)

    def nearest(self, place: tuple[float, float]) -> int:
        """The number of the particle nearest to `place`."""
        away = (self.state.x - self.state.x.new_tensor(place)).square().sum(1)
        return int(away.nan_to_num(torch.inf).argmin())

    def picture(self, region: Region, pixels: int, layers: tuple[str, ...]) -> ParticleImage | None:
        """The particles, their fading trails, both or nothing (as `layers` says) over `region`, `pixels` wide."""
        if {"particles", "trails"}.isdisjoint(layers):
            self.trail = None
            return None
        rows = max(1, round(pixels * (region[3] - region[2]) / (region[1] - region[0])))
        counts = raster.splat(self.state.x, region, rows, pixels)
        if self.trail is None or self.trail.shape != counts.shape:
            self.trail = torch.zeros_like(counts)
        torch.add(counts, self.trail, alpha=FADE, out=self.trail)
        gain = 4.0 * min(1.0, (20_000 / len(self.state.x)) ** 0.5)
        image = raster.tone(counts, gain) if "particles" in layers else None
        if "trails" in layers:
            trail = raster.tone(self.trail, TRAIL_GAIN * gain).mul_(TRAIL_LIGHT)
            image = trail if image is None else torch.maximum(image, trail, out=image)
        assert image is not None
        return ParticleImage(region, raster.grey(image))

    def forget_trails(self) -> None:
        """Start the trails anew, as after a change of view."""
        self.trail = None

    @property
    def lost(self) -> float:
        """The share of particles that have flown off; of a large crowd, by every so-manieth of them."""
        some = self.state.x[:: max(1, len(self.state.x) // JUDGED)]
        return float(1 - near(some).float().mean())


def near(x: torch.Tensor) -> torch.Tensor:
    """Which of the points `x` (n, 2) have not flown off: shape (n,)."""
    return (x.abs() < LOST).all(1)


def start(particles: Particles, truth: Density, generator: torch.Generator) -> torch.Tensor:
    """Where the particles are released: shape (count, 2)."""
    device = generator.device
    if particles.start == "data":
        return truth.sample(particles.count, generator)
    if particles.start == "normal":
        return particles.spread * torch.randn(particles.count, 2, generator=generator, device=device)
    uniform = torch.rand(particles.count, 2, generator=generator, device=device)
    return particles.low + (particles.high - particles.low) * uniform
