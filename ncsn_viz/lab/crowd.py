"""The particles of one lane, on their way from release to rest."""

from __future__ import annotations

from ncsn_viz.core import raster
from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.core.samplers import Sampler, State
from ncsn_viz.lab.snapshot import ParticleImage
from ncsn_viz.lab.spec import Particles

REST = 70  # pictures between coming to rest and the next release
FADE = 0.86  # of a trail from one picture to the next
TRAIL_GAIN = 0.08
TRAIL_LIGHT = 0.5
LOST = 1e4  # a particle this far out has flown off


class Crowd:
    """Particles, their generator and their trails. The same seed gives every lane the same start and the same noise."""

    def __init__(self, particles: Particles, sampler: Sampler, truth: Density, seed: int, device: torch.device) -> None:
        self.generator = torch.Generator(device).manual_seed(seed)
        self.trail: torch.Tensor | None = None
        self.release(particles, sampler, truth)

    def release(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """Put the particles at their start."""
        self.state: State = sampler.init(start(particles, truth, self.generator), self.generator)
        self.rested = 0

    def rest(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """One picture at rest; after a while the particles are released again."""
        self.rested += 1
        if particles.loop and self.rested > REST:
            self.release(particles, sampler, truth)

    def done(self, sampler: Sampler) -> bool:
        """Whether the particles have come to rest."""
        return self.state.step >= sampler.length()

    def step(self, sampler: Sampler, field: Field) -> None:
        """One step of the sampler, if it has not come to its end."""
        if not self.done(sampler):
            with torch.no_grad():
                self.state = sampler.step(self.state, field, self.generator)

    def picture(self, region: Region, pixels: int, layers: tuple[str, ...]) -> ParticleImage:
        """The particles, their fading trails, or both (as `layers` says) over `region`, `pixels` wide."""
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
        return ParticleImage(region, image.mul_(255).to(torch.uint8).cpu().numpy())

    def forget_trails(self) -> None:
        """Start the trails anew, as after a change of view."""
        self.trail = None

    @property
    def lost(self) -> float:
        """The share of particles that have flown off."""
        return float(1 - (self.state.x.abs() < LOST).all(1).float().mean())


def start(particles: Particles, truth: Density, generator: torch.Generator) -> torch.Tensor:
    """Where the particles are released: shape (count, 2)."""
    device = generator.device
    if particles.start == "data":
        return truth.sample(particles.count, generator)
    if particles.start == "normal":
        return particles.spread * torch.randn(particles.count, 2, generator=generator, device=device)
    uniform = torch.rand(particles.count, 2, generator=generator, device=device)
    return particles.low + (particles.high - particles.low) * uniform
