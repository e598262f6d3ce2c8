"""Where every particle has been since its release, in bounded memory, and the same trajectories drawn whole."""

from __future__ import annotations

from typing import NamedTuple

from ncsn_viz.core.numerics import Region, rasterize, torch
from ncsn_viz.lab.snapshot import ParticleImage

MAX_BYTES = 16 * 2**20  # of the positions of one lane
MOST_PARTICLES = 20_000  # of which positions are kept: every k-th one where there are more
MOST_FRAMES = 1024
DRAWN = 120  # particles whose whole trajectory is drawn
GAIN = 0.5  # of a trajectory's brightness
MOST_REDRAWN = 96  # frames through which trajectories are drawn again, as after a zoom
MOST_POINTS = 2**19  # of all lines that are drawn at once


class Frame(NamedTuple):
    """Positions (k, 2) at `time`, in steps since the release, and the step of the sampler that comes next."""

    time: int
    step: int
    x: torch.Tensor


class KeptPaths:
    """Frames at even times. When they are as many as memory allows, every second one is dropped, and so are new ones.

    At most MAX_BYTES, whatever the number of particles and steps. The last frame is the present one.
    """

    def __init__(self, x: torch.Tensor, step: int) -> None:
        """The trajectories begin at `x` (n, 2), before `step`."""
        self._every = -(-len(x) // MOST_PARTICLES)  # particle
        kept = len(x[:: self._every])
        self.most_frames = max(3, min(MOST_FRAMES, MAX_BYTES // (2 * x.element_size() * kept)))
        self._stride = 1  # steps between two frames
        self._begin = self._time = step
        self._frames = [Frame(step, step, self._kept(x))]
        self.image = PathImage()

    def record(self, x: torch.Tensor, step: int) -> None:
        """The particles are at `x` (n, 2) now, before `step`."""
        self._time += 1
        if (self._frames[-1].time - self._begin) % self._stride:
            self._frames.pop()  # the present one, which was not at an even time
        self._frames.append(Frame(self._time, step, self._kept(x)))
        if len(self._frames) > self.most_frames:
            self._stride *= 2
            even = [each for each in self._frames[:-1] if (each.time - self._begin) % self._stride == 0]
            self._frames = [*even, self._frames[-1]]

    def _kept(self, x: torch.Tensor) -> torch.Tensor:
        # a state's tensor is never written to; a part of one would keep all of it in memory
        return x if self._every == 1 else x[:: self._every].clone()

    def at(self, time: float) -> Frame:
        """The frame nearest to `time` steps after the release."""
        return min(self._frames, key=lambda frame: abs(frame.time - time))

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self._frames)

    @property
    def memory(self) -> int:
        """Bytes of all positions."""
        return sum(frame.x.nbytes for frame in self._frames)

    def rasterize(self, region: Region, pixels: int) -> ParticleImage:
        """The whole trajectories of DRAWN particles over `region`, `pixels` wide."""
        return self.image.of(self._frames, region, pixels)


class PathImage:
    """Trajectories as an image, to which each new frame adds its piece; drawn again for another region."""

    def __init__(self) -> None:
        self._view: tuple[Region, int] | None = None
        self._counts = torch.zeros(0)
        self._end: Frame | None = None  # up to which they are drawn
        self._shown: ParticleImage | None = None

    def of(self, frames: list[Frame], region: Region, pixels: int) -> ParticleImage:
        """The trajectories through all `frames`; the same object while nothing is new."""
        if self._view != (region, pixels) or self._end is None:
            self._view, self._end = (region, pixels), frames[0]
            self._counts = frames[0].x.new_zeros((rasterize.rows_of(region, pixels), pixels))
            self._shown = None
            frames = [*frames[: -1 : max(1, len(frames) // MOST_REDRAWN)], frames[-1]]
        new = [frame for frame in frames if frame.time > self._end.time]
        if new or self._shown is None:
            self._add([self._end, *new], region)
            self._end = frames[-1]
            self._shown = ParticleImage(region, rasterize.to_bytes(rasterize.tone_map(self._counts, GAIN)))
        return self._shown

    def _add(self, frames: list[Frame], region: Region) -> None:
        every = max(1, len(frames[0].x) // DRAWN)
        trajectories = torch.stack([frame.x[::every][:DRAWN] for frame in frames])  # (frames, k, 2)
        start, end = trajectories[:-1].reshape(-1, 2), trajectories[1:].reshape(-1, 2)
        self._counts += _lines(start, end, region, *self._counts.shape)


def _lines(start: torch.Tensor, end: torch.Tensor, region: Region, rows: int, columns: int) -> torch.Tensor:
    """Straight lines from `start` to `end` (k, 2), each pixel of length counting as 1: shape (rows, columns)."""
    known = torch.isfinite(start).all(1) & torch.isfinite(end).all(1)
    start, end = start[known], end[known]
    if not len(start):
        return start.new_zeros((rows, columns))
    lengths = torch.linalg.vector_norm(end - start, dim=1) * (columns / (region[1] - region[0]))
    lengths = lengths.clamp(max=4.0 * columns)  # of what flies off only little is in the picture
    count = max(1, min(int(lengths.max().ceil()), MOST_POINTS // len(start)))
    at = (torch.arange(count, device=start.device, dtype=start.dtype) + 0.5) / count
    points = start + at[:, None, None] * (end - start)
    return rasterize.splat(points.reshape(-1, 2), region, rows, columns, (lengths / count).repeat(count))
