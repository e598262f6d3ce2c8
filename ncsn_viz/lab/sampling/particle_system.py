"""The particles of one lane, from their release to the last step of the sampler."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import Region, normal, rasterize, torch
from ncsn_viz.core.samplers import Sampler, State
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, generator_state, restore_generator
from ncsn_viz.lab.experiment import Particles
from ncsn_viz.lab.sampling import constraints
from ncsn_viz.lab.sampling.kept_paths import MOST_PARTICLES, Frame, KeptPaths
from ncsn_viz.lab.snapshot import ParticleImage

IDLE_FRAMES = 70  # frames between the last step and the next release
FADE = 0.86  # factor of a trail's brightness a frame
TRAIL_GAIN = 0.08
TRAIL_LIGHT = 0.5
LOST_SAMPLE = 20_000  # particles by which the share that has flown off is estimated
LOST = 1e4  # a particle this far out has flown off


class ParticleSystem:
    """Particles, their generators and their trails, from `release` or `load_state_dict` on.

    `start` is the seed of their start, `motion` of their noise.
    """

    state: State
    paths: KeptPaths

    def __init__(self, start: int, motion: int, device: torch.device) -> None:
        self.start_generator = torch.Generator(device).manual_seed(start)
        self.generator = torch.Generator(device).manual_seed(motion)
        self.trail: torch.Tensor | None = None
        self.constraints = constraints.ParticleConstraints()
        self.releases = self.idle_frames = 0
        self._oldest = 0  # the particle that is replaced next by one that is dropped
        self._noised: tuple[Density, torch.Tensor, torch.Tensor] | None = None  # data of the truth, and its noise
        self.shown: Frame | None = None  # an earlier time at which they are drawn; None for the present

    def release(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """Move the particles to their start."""
        state: State = sampler.init(start_positions(particles, truth, self.start_generator), self.generator)
        self.constraints.clear_path()
        self.state = self.constraints.apply(state, sampler)
        self.paths, self.shown = KeptPaths(self.state.x, self.state.step), None
        self.releases += 1
        self.idle_frames = 0
        self._oldest = 0

    def state_dict(self) -> Checkpoint:
        """All that the particles need to go on."""
        return {
            "state": _parts(self.state),
            "releases": self.releases,
            "idle_frames": self.idle_frames,
            "oldest": self._oldest,
            "start": generator_state(self.start_generator),
            "motion": generator_state(self.generator),
        }

    def load_state_dict(self, entries: Entries, count: int, sampler: Sampler) -> None:
        """Go on from a checkpoint of at most `count` particles of this kind of sampler. Raises ValidationError."""
        device, found = self.generator.device, entries.child("state")
        x = found.tensor("x", (None, 2)).to(device)
        if not 1 <= len(x) <= count:
            raise found.error("x", f"must have 1 to {count} particles, not {len(x)}")
        template = sampler.init(x, torch.Generator(device).manual_seed(0))
        kept = {name: _entry(found, name, value, device) for name, value in _parts(template).items()}
        kept["step"] = found.integer("step", high=sampler.num_steps())
        self.state = replace(template, **kept)
        self.paths, self.shown = KeptPaths(self.state.x, self.state.step), None  # none until then is kept
        self.releases, self.idle_frames = entries.integer("releases"), entries.integer("idle_frames")
        self._oldest = entries.integer("oldest", high=len(x))
        restore_generator(self.start_generator, entries, "start")
        restore_generator(self.generator, entries, "motion")

    def idle(self, particles: Particles, sampler: Sampler, truth: Density) -> None:
        """One frame after the last step; after IDLE_FRAMES the particles are released again."""
        self.idle_frames += 1
        if particles.loop and self.idle_frames > IDLE_FRAMES:
            self.release(particles, sampler, truth)

    def finished(self, sampler: Sampler) -> bool:
        """Whether the particles have taken the last step."""
        return self.state.step >= sampler.num_steps()

    def step(self, sampler: Sampler, field: Field) -> None:
        """One step of the sampler from the present, unless it has finished."""
        self.shown = None
        if not self.finished(sampler) and not self.constraints.frozen_by(sampler):
            with torch.no_grad():
                self.state = self.constraints.apply(sampler.step(self.state, field, self.generator), sampler)
            self.paths.record(self.state.x, self.state.step)

    def restart_last_level(self, sampler: Sampler) -> None:
        """Particles that have finished repeat the steps of the last level."""
        if self.finished(sampler):
            last = sampler.level_index(sampler.num_steps() - 1)
            self.state = replace(self.state, step=constraints.first_step(sampler, last))
        self.idle_frames = 0

    def inject(self, points: torch.Tensor, generator: torch.Generator, sampler: Sampler) -> None:
        """Move as many particles to `points` (k, 2), those moved longest ago first; never the tracked one."""
        x, tracked = self.state.x, self.constraints.tracked
        every = torch.arange(self._oldest, self._oldest + len(x), device=points.device) % len(x)
        indices = every[every != (-1 if tracked is None else tracked)][: len(points)]
        if len(indices):
            self.state = constraints.inject(self.state, indices, points[: len(indices)].to(x.dtype), generator)
            self._oldest = int(indices[-1]) + 1
        self.restart_last_level(sampler)

    def move(self, index: int, point: tuple[float, float], sampler: Sampler) -> None:
        """Move one particle to `point`."""
        self.state = constraints.move_particle(self.state, index, point)
        self.constraints.record_position(self.state)
        self.restart_last_level(sampler)

    def set_noise_level(self, sigma: float, sampler: Sampler) -> None:
        """Move all particles to the noise level nearest to `sigma`, where there are several."""
        self.state = constraints.at_noise_level(self.state, sampler, sigma)

    # -- time -------------------------------------------------------------------------------------------------------

    def show_present(self) -> None:
        """Draw the particles where they are now."""
        self.shown = None

    def show_time(self, share: float, sampler: Sampler) -> None:
        """Draw the particles where they were at `share` of the sampler's steps; what is still to come is now."""
        frame = self.paths.at(share * sampler.num_steps())
        self.shown = None if frame.step == self.state.step else frame

    def show_forward(self, share: float, sampler: Sampler, truth: Density) -> None:
        """Draw x₀ + σz with σ at `share` of the sampler's steps; x₀ ~ p and z ~ N(0, I) stay the same. At 1, x₀."""
        if self._noised is None or self._noised[0] is not truth:
            generator = torch.Generator(self.state.x.device).manual_seed(self.start_generator.initial_seed())
            data = truth.sample(min(len(self.state.x), MOST_PARTICLES), generator)
            self._noised = (truth, data, normal(data, generator))
        step = round(share * (sampler.num_steps() - 1))
        sigma = sampler.sigma_at(step) if share < 1 else 0.0
        self.shown = Frame(0, step, self._noised[1] + sigma * self._noised[2])

    @property
    def shown_x(self) -> torch.Tensor:
        """Where the particles are drawn: shape (k, 2)."""
        return self.state.x if self.shown is None else self.shown.x

    @property
    def shown_step(self) -> int:
        """The step of the sampler at which they are drawn."""
        return self.state.step if self.shown is None else self.shown.step

    # -- pictures -----------------------------------------------------------------------------------------------------

    def nearest(self, point: tuple[float, float]) -> int:
        """The index of the particle nearest to `point`."""
        distance = (self.state.x - self.state.x.new_tensor(point)).square().sum(1)
        return int(distance.nan_to_num(torch.inf).argmin())

    def rasterize(self, region: Region, pixels: int, layers: tuple[str, ...]) -> ParticleImage | None:
        """The particles, their fading trails or both, by `layers`, over `region`, `pixels` wide; None for neither."""
        if {"particles", "trails"}.isdisjoint(layers):
            self.trail = None
            return None
        rows = rasterize.rows_of(region, pixels)
        counts = rasterize.splat(self.shown_x, region, rows, pixels)
        if self.trail is None or self.trail.shape != counts.shape:
            self.trail = torch.zeros_like(counts)
        torch.add(counts, self.trail, alpha=FADE, out=self.trail)
        gain = 4.0 * min(1.0, (20_000 / len(self.shown_x)) ** 0.5)
        image = rasterize.tone_map(counts, gain, rasterize.FULL) if "particles" in layers else None
        if "trails" in layers:
            trail = rasterize.tone_map(self.trail, TRAIL_GAIN * gain, TRAIL_LIGHT * rasterize.FULL)
            image = trail if image is None else torch.maximum(image, trail, out=image)
        assert image is not None
        return ParticleImage(region, rasterize.to_bytes(image, rasterize.FULL))

    def rasterize_paths(self, region: Region, pixels: int) -> ParticleImage:
        """The whole trajectories of some particles over `region`, `pixels` wide."""
        return self.paths.rasterize(region, pixels)

    @property
    def lost(self) -> float:
        """The share of particles that have flown off, of many estimated on a subset."""
        subset = self.state.x[:: max(1, len(self.state.x) // LOST_SAMPLE)]
        return float(1 - not_lost(subset).float().mean())


def _parts(state: State) -> dict[str, Any]:
    """All that a sampler keeps between two steps, by name; the components of a step are for views alone."""
    return {item.name: getattr(state, item.name) for item in fields(state) if item.name != "components"}


def _entry(entries: Entries, name: str, template: Any, device: torch.device) -> Any:
    """An entry of the kind that a fresh state has; what that has not yet may be a tensor by now."""
    if isinstance(template, torch.Tensor):
        return entries.tensor(name, template.shape, template.dtype).to(device)
    if template is None:
        return entries.tensor(name, (None, 2)).to(device) if entries.has(name) else None
    return entries.number(name) if isinstance(template, float) else entries.integer(name)


def not_lost(x: torch.Tensor) -> torch.Tensor:
    """Which of the points `x` (n, 2) have not flown off: shape (n,)."""
    return (x.abs() < LOST).all(1)


def start_positions(particles: Particles, truth: Density, generator: torch.Generator) -> torch.Tensor:
    """Where the particles are released: shape (count, 2)."""
    if particles.start == "data":
        return truth.sample(particles.count, generator)
    draw = torch.randn if particles.start == "normal" else torch.rand
    numbers = draw(particles.count, 2, generator=generator, device=generator.device)
    if particles.start == "normal":
        return particles.spread * numbers
    return particles.low + (particles.high - particles.low) * numbers
