"""The particles of one lane, on their way from release to rest."""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import Region, rasterize, torch
from ncsn_viz.core.samplers import Sampler, State
from ncsn_viz.lab.experiment import Particles
from ncsn_viz.lab.sampling import constraints
from ncsn_viz.lab.snapshot.snapshot import ParticleImage

IDLE_FRAMES = 70  # pictures between coming to rest and the next release
FADE = 0.86  # of a trail from one picture to the next
TRAIL_GAIN = 0.08
TRAIL_LIGHT = 0.5
LOST_SAMPLE = 20_000  # particles by which it is judged how many have flown off
LOST = 1e4  # a particle this far out has flown off
SamplerProgress = tuple[
    int, int
]  # how often particles have been released, and their step since; its last one where they rest


class ParticleSystem:
    """Particles, their generators and their trails. `places` is the seed of their starts, `motion` of their noise."""

    def __init__(
        self, particles: Particles, sampler: Sampler, truth: Density, places: int, motion: int, device: torch.device
    ) -> None:
        self.start_generator = torch.Generator(device).manual_seed(places)
        self.generator = torch.Generator(device).manual_seed(motion)
        self.trail: torch.Tensor | None = None
        self.constraints = constraints.ParticleConstraints()
        self.releases = 0
        self.release(particles, sampler, truth)

    def release(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """Put the particles at their start."""
        state: State = sampler.init(start_positions(particles, truth, self.start_generator), self.generator)
        self.constraints.clear_path()
        self.state = self.constraints.apply(state, sampler)
        self.releases += 1
        self.idle_frames = 0
        self._oldest = 0  # the particle that is dropped next: the others have lived shorter

    def idle(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """One picture at rest; after a while the particles are released again."""
        self.idle_frames += 1
        if particles.loop and self.idle_frames > IDLE_FRAMES:
            self.release(particles, sampler, truth)

    def finished(self, sampler: Sampler) -> bool:
        """Whether the particles have come to rest."""
        return self.state.step >= sampler.num_steps()

    def progress(self, particles: Particles, sampler: Sampler, pictures: int = 0) -> SamplerProgress:
        """Where on their way the particles are, or will be in some `pictures`; held at a level they stay there."""
        if self.constraints.sigma is not None:
            pictures = 0
        if pictures and self.finished(sampler) and particles.loop and self.idle_frames + pictures > IDLE_FRAMES:
            return self.releases + 1, 0
        return self.releases, min(self.state.step + pictures * particles.speed, sampler.num_steps() - 1)

    def step(self, sampler: Sampler, field: Field) -> None:
        """One step of the sampler, if it has not come to its end."""
        if not self.finished(sampler) and not self.constraints.frozen_by(sampler):
            with torch.no_grad():
                self.state = self.constraints.apply(sampler.step(self.state, field, self.generator), sampler)

    def restart_last_level(self, sampler: Sampler) -> None:
        """Particles at rest go through the last level of their way once more."""
        if self.finished(sampler):
            last = sampler.level_index(sampler.num_steps() - 1)
            self.state = replace(self.state, step=constraints.first_step(sampler, last))
        self.idle_frames = 0

    def inject(self, points: torch.Tensor, generator: torch.Generator, sampler: Sampler) -> None:
        """Put as many particles at `points` (k, 2), those first that have lived longest; never the one followed."""
        every = torch.arange(self._oldest, self._oldest + len(self.state.x), device=points.device) % len(self.state.x)
        places = every[every != (-1 if self.constraints.tracked is None else self.constraints.tracked)][: len(points)]
        if len(places):
            self.state = constraints.inject(self.state, places, points[: len(places)].to(self.state.x.dtype), generator)
            self._oldest = int(places[-1]) + 1
        self.restart_last_level(sampler)

    def move(self, index: int, place: tuple[float, float], sampler: Sampler) -> None:
        """Put one particle at `place`."""
        self.state = constraints.move_particle(self.state, index, place)
        self.constraints.record_position(self.state)
        self.restart_last_level(sampler)

    def set_noise_level(self, sigma: float, sampler: Sampler) -> None:
        """Take all particles to the level nearest to `sigma`, where there are several."""
        self.state = constraints.at_noise_level(self.state, sampler, sigma)

    def nearest(self, place: tuple[float, float]) -> int:
        """The number of the particle nearest to `place`."""
        away = (self.state.x - self.state.x.new_tensor(place)).square().sum(1)
        return int(away.nan_to_num(torch.inf).argmin())

    def rasterize(self, region: Region, pixels: int, layers: tuple[str, ...]) -> ParticleImage | None:
        """The particles, their fading trails, both or nothing (as `layers` says) over `region`, `pixels` wide."""
        if {"particles", "trails"}.isdisjoint(layers):
            self.trail = None
            return None
        rows = max(1, round(pixels * (region[3] - region[2]) / (region[1] - region[0])))
        counts = rasterize.splat(self.state.x, region, rows, pixels)
        if self.trail is None or self.trail.shape != counts.shape:
            self.trail = torch.zeros_like(counts)
        torch.add(counts, self.trail, alpha=FADE, out=self.trail)
        gain = 4.0 * min(1.0, (20_000 / len(self.state.x)) ** 0.5)
        image = rasterize.tone_map(counts, gain) if "particles" in layers else None
        if "trails" in layers:
            trail = rasterize.tone_map(self.trail, TRAIL_GAIN * gain).mul_(TRAIL_LIGHT)
            image = trail if image is None else torch.maximum(image, trail, out=image)
        assert image is not None
        return ParticleImage(region, rasterize.to_bytes(image))

    def clear_trails(self) -> None:
        """Start the trails anew, as after a change of view."""
        self.trail = None

    @property
    def lost(self) -> float:
        """The share of particles that have flown off; of a large crowd, by every so-manieth of them."""
        some = self.state.x[:: max(1, len(self.state.x) // LOST_SAMPLE)]
        return float(1 - not_lost(some).float().mean())


def not_lost(x: torch.Tensor) -> torch.Tensor:
    """Which of the points `x` (n, 2) have not flown off: shape (n,)."""
    return (x.abs() < LOST).all(1)


def start_positions(particles: Particles, truth: Density, generator: torch.Generator) -> torch.Tensor:
    """Where the particles are released: shape (count, 2)."""
    device = generator.device
    if particles.start == "data":
        return truth.sample(particles.count, generator)
    if particles.start == "normal":
        return particles.spread * torch.randn(particles.count, 2, generator=generator, device=device)
    uniform = torch.rand(particles.count, 2, generator=generator, device=device)
    return particles.low + (particles.high - particles.low) * uniform
