"""Moving streamlines: particles that follow a field at a nearly constant speed and leave fading trails."""

from __future__ import annotations

from ncsn_viz.core.fields import Field, GridField
from ncsn_viz.core.numerics import Region, rasterize, torch
from ncsn_viz.lab.snapshot import ParticleImage

COUNT = 700
LIFE = 110  # frames until a particle starts again elsewhere
SPEED = 1 / 440  # of the view's width a frame: less than a pixel, so that lines have no gaps
SOFTENING = 0.15  # of the median |s|: where the score is much smaller, particles slow down and stop
FADE = 0.945  # factor of a trail's brightness a frame
GAIN = 0.55
R2 = (0.7548776662466927, 0.5698402909980532)  # 1/ρ, 1/ρ² with ρ³ = ρ + 1: a low-discrepancy sequence


class StreamlineParticles:
    """Points that move with velocity s/√(|s|² + c²) and start again after LIFE frames, evenly over the view.

    Nothing is random: equal fields give equal images.
    """

    def __init__(self, region: Region, device: torch.device, count: int = COUNT) -> None:
        self.region = region
        self.started = 0
        self.x = self._start_points(count, device)
        # staggered, so that equally many start in every frame
        self.age = torch.arange(count, device=device, dtype=torch.float32) * (LIFE / count)
        self._trail: torch.Tensor | None = None

    def _start_points(self, count: int, device: torch.device) -> torch.Tensor:
        """The next `count` points of a low-discrepancy sequence in the region: shape (count, 2)."""
        index = torch.arange(self.started + 1, self.started + count + 1, device=device, dtype=torch.float64)[:, None]
        self.started += count
        unit = (0.5 + index * index.new_tensor(R2)).frac().float()
        x0, x1, y0, y1 = self.region
        return unit.new_tensor([x0, y0]) + unit * unit.new_tensor([x1 - x0, y1 - y0])

    def move(self, field: Field, sigma: float, softening: float) -> torch.Tensor:
        """One frame: a midpoint step of dx/dt = s/√(|s|² + c²), c = `softening`. Speeds (n,) between 0 and 1."""
        length = SPEED * (self.region[1] - self.region[0])
        half = self.x + length / 2 * _velocity(field, self.x, sigma, softening)
        velocity = _velocity(field, half, sigma, softening)
        self.x = self.x + length * velocity
        self.age += 1
        (x, y), (x0, x1, y0, y1) = self.x.T, self.region
        ended = (self.age >= LIFE) | (x < x0) | (x > x1) | (y < y0) | (y > y1)
        if len(old := ended.nonzero().squeeze(1)):
            self.x[old] = self._start_points(len(old), self.x.device).to(self.x)
            self.age[old] = (self.age[old] - LIFE).clamp(min=0)
        speed: torch.Tensor = torch.linalg.vector_norm(velocity, dim=1)
        return speed

    def rasterize(self, field: Field, sigma: float, softening: float, pixels: int) -> ParticleImage:
        """The trails after one more frame, `pixels` wide. Particles at rest are not drawn: they would form blots."""
        speed = self.move(field, sigma, softening)
        rows = rasterize.rows_of(self.region, pixels)
        light = speed * torch.sin(torch.pi * self.age / LIFE).clamp(min=0)
        counts = rasterize.splat(self.x, self.region, rows, pixels, light)
        if self._trail is None or self._trail.shape != counts.shape:
            self._trail = torch.zeros_like(counts)
        torch.add(counts, self._trail, alpha=FADE, out=self._trail)
        return ParticleImage(
            self.region, rasterize.to_bytes(rasterize.tone_map(self._trail, GAIN, rasterize.FULL), rasterize.FULL)
        )


class Streamlines:
    """The streamlines of one lane; they continue from one evaluation of its field to the next."""

    def __init__(self) -> None:
        self.particles: StreamlineParticles | None = None
        self._softening: tuple[GridField | None, float] = (None, 0.0)

    def rasterize(self, grid: GridField, region: Region, pixels: int) -> ParticleImage:
        """The streamlines of the evaluated field after one more frame."""
        if self.particles is None or self.particles.region != region:
            self.particles = StreamlineParticles(region, grid.planes.device)
        if self._softening[0] is not grid:
            self._softening = (grid, softening_of(grid.planes))
        return self.particles.rasterize(grid, grid.sigma, self._softening[1], pixels)


def _velocity(field: Field, x: torch.Tensor, sigma: float, softening: float) -> torch.Tensor:
    score = field.score(x, sigma)
    size = torch.linalg.vector_norm(score, dim=1, keepdim=True)
    velocity: torch.Tensor = score / (size.square() + softening**2).sqrt().clamp(min=1e-20)
    return velocity.nan_to_num(0.0, 0.0, 0.0)


def softening_of(planes: torch.Tensor) -> float:
    """The size c of a score below which particles slow down, from its values (1, 2, rows, columns) on a grid."""
    return SOFTENING * float(torch.linalg.vector_norm(planes[0, :, ::2, ::2], dim=0).nanmedian())
