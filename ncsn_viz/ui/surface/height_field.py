"""A surface over a square, as a picture: every column of pixels is filled from the front to the back.

In a parallel projection whose vertical stays vertical, one column of pixels sees one line of the ground. From near to
far, a point of that line is seen exactly where it stands above all before it; a running maximum finds that for all
columns at once, and hidden parts are right at every pixel. Knows no Qt and no lane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]
Whole = np.ndarray[Any, np.dtype[np.int32]]
Pixels = np.ndarray[Any, np.dtype[np.uint32]]

HIGH = 0.85  # the height of 1, in half sides of the square
WIDE, TALL = 2.84, 3.0  # half sides that have to fit into the picture: a diagonal, and one with the height
LIGHT = (-0.55, -0.42, 0.72)  # where it comes from: right, away, up
AMBIENT, DIFFUSE = 0.42, 0.74
WALLS = (0.62, 0.44)  # how bright the cut sides of the block are: those towards ±x, and those towards ±y
LIFT = 0.012  # half sides by which points hover above the surface
SLACK = 0.04  # half sides within which a point still counts as on the surface


@dataclass(frozen=True)
class ViewAngle:
    """From where one looks: `azimuth` turns the square, `elevation` is 0 from the side and 90 from above; degrees."""

    azimuth: float = -32.0
    elevation: float = 40.0

    def turned(self, right: float, up: float) -> ViewAngle:
        """Turned by so many degrees."""
        azimuth = (self.azimuth + right + 180) % 360 - 180
        return ViewAngle(azimuth, min(max(self.elevation + up, 5.0), 90.0))

    @cached_property
    def axes(self) -> tuple[float, float, float, float]:
        """Cosine and sine of the azimuth and of the elevation."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return math.cos(a), math.sin(a), math.cos(e), math.sin(e)


@dataclass(frozen=True)
class Projection:
    """The projection of the square [−1, 1]² and heights from 0 to 1 onto `width` × `height` pixels, row 0 on top.

    `margin` pixels of the width stay free for numbers.
    """

    pose: ViewAngle
    width: float
    height: float
    margin: float = 0.0

    @property
    def scale(self) -> float:
        """Pixels a half side."""
        return max(min((self.width - self.margin) / WIDE, self.height / TALL), 1.0)

    def project(self, points: np.ndarray[Any, Any], heights: np.ndarray[Any, Any] | float) -> np.ndarray[Any, Any]:
        """Pixels x, y and the distance away (n, 3) of `points` (n, 2) of the square at `heights` (n,) from 0 to 1."""
        ca, sa, ce, se = self.pose.axes
        x, y = points[..., 0], points[..., 1]
        right, away = x * ca + y * sa, y * ca - x * sa
        up = away * se + HIGH * (np.asarray(heights) - 0.5) * ce
        return np.stack([self.width / 2 + right * self.scale, self.height / 2 - up * self.scale, away], axis=-1)


class HeightField:
    """A block of `stone` with heights (m, m) from 0 to 1 and colours (n, n, 3) from 0 to 255 on it, row 0 at y = −1."""

    def __init__(self, heights: Array, colors: Array, stone: tuple[float, ...] = (80.0, 80.0, 80.0)) -> None:
        self.heights, self.colors = heights.astype(np.float32), colors.astype(np.float32)
        self.walls = packed(np.array(WALLS, dtype=np.float32)[:, None] * np.array(stone, dtype=np.float32))
        size = len(colors)
        places = np.round(np.linspace(0, len(heights) - 1, size)).astype(int)
        self._slopes = [part * ((size - 1) / 2 * HIGH) for part in np.gradient(self.heights[np.ix_(places, places)])]
        along_y, along_x = self._slopes
        self._steep = 1 / np.sqrt(1 + along_x**2 + along_y**2)

    def shaded(self, pose: ViewAngle) -> Pixels:
        """The colours in the light, which comes from the left behind the viewer: (n, n) as 0xffrrggbb."""
        ca, sa, _, _ = pose.axes
        right, away, up = LIGHT
        x, y = right * ca - away * sa, right * sa + away * ca
        along_y, along_x = self._slopes
        facing = np.clip((up - x * along_x - y * along_y) * self._steep, 0, 1)
        return packed(self.colors * (AMBIENT + DIFFUSE * facing)[..., None])

    def height_at(self, x: Array, y: Array) -> Array:
        """Heights at points of the square, those of the nearest nodes."""
        found: Array = self.heights.ravel()[nearest(x, y, len(self.heights))]
        return found


@dataclass(frozen=True)
class RenderedSurface:
    """A drawn relief: `pixels` (rows, columns) as 0xaarrggbb, row 0 on top, and for each the sample that is seen.

    `seen` counts the samples of a column from the front, from 1, and is 0 where there is only the background; they run
    evenly from `near` to `far`, distances (columns,) in half sides.
    """

    stage: Projection
    pixels: Pixels
    seen: Whole
    near: Array
    far: Array
    samples: int

    def visible(self, places: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether nothing in front hides points, projected to `places` (n, 3) by the stage of this frame."""
        rows, columns = self.pixels.shape
        column = np.clip(places[:, 0].astype(int), 0, columns - 1)
        row = np.clip(places[:, 1].astype(int), 0, rows - 1)
        seen = self.seen[row, column]
        return np.asarray((seen == 0) | (self._away(seen, column) >= places[:, 2] - SLACK))

    def under(self, x: float, y: float) -> tuple[float, float] | None:
        """The point of the square that is seen at the pixel (x, y), or None."""
        rows, columns = self.pixels.shape
        column, row = int(x), int(y)
        if not (0 <= x < columns and 0 <= y < rows) or not self.seen[row, column]:
            return None
        ca, sa, _, _ = self.stage.pose.axes
        right = (column + 0.5 - columns / 2) / self.stage.scale
        away = float(self._away(self.seen[row, column], column))
        return right * ca - away * sa, right * sa + away * ca

    def _away(self, seen: Any, column: Any) -> Any:
        """How far away samples are."""
        near = self.near[column]
        return near + (seen - 1) / (self.samples - 1) * (self.far[column] - near)


def draw(relief: HeightField, stage: Projection, samples: int) -> RenderedSurface:
    """The relief on a stage, with so many samples along the ground that a column of pixels sees."""
    ca, sa, ce, se = stage.pose.axes
    rows, columns, scale = round(stage.height), round(stage.width), stage.scale
    right = ((np.arange(columns, dtype=np.float32) + 0.5) - columns / 2) / scale
    near, far = chords(right, ca, sa)
    share = np.linspace(0, 1, samples, dtype=np.float32)[:, None]
    away = near + share * (far - near)
    x, y = right * ca - away * sa, right * sa + away * ca
    up = away * se + (relief.height_at(x, y) - 0.5) * (HIGH * ce)
    floor = _rows_below(near * se - 0.5 * HIGH * ce, scale, rows)
    tops = _rows_below(up, scale, rows)
    beside = near > far  # columns that miss the square
    floor[beside], tops[:, beside] = 0, 0
    reached = np.maximum.accumulate(np.concatenate([floor[None], tops]), axis=0)
    # a sample is seen from the row that all before it have reached up to its own top
    sample, column = np.nonzero(reached[1:] > reached[:-1])
    seen = np.zeros((rows, columns), dtype=np.int32)
    seen[reached[sample, column], column] = sample + 1
    seen = np.maximum.accumulate(seen, axis=0)
    seen[np.arange(rows)[:, None] >= reached[-1]] = 0
    place = np.maximum(seen - 1, 0), np.arange(columns)
    pixels = relief.shaded(stage.pose).ravel()[nearest(x[place], y[place], len(relief.colors))]
    side = relief.walls[(np.abs(y[0]) > np.abs(x[0])).astype(int)]
    pixels = np.where(seen == 1, side, pixels)
    pixels[seen == 0] = 0
    return RenderedSurface(stage, pixels[::-1].copy(), seen[::-1].copy(), near, far, samples)


def chords(right: Array, ca: float, sa: float) -> tuple[Array, Array]:
    """Where the lines at `right` (n,) enter and leave the turned square; beside it, the entry is beyond the exit."""
    across, along = (np.sign(part) * max(abs(part), 1e-6) or 1e-6 for part in (sa, ca))
    ends = [(right * ca - 1) / across, (right * ca + 1) / across]
    others = [(-right * sa - 1) / along, (-right * sa + 1) / along]
    near = np.maximum(np.minimum(*ends), np.minimum(*others))
    far = np.minimum(np.maximum(*ends), np.maximum(*others))
    return near.astype(np.float32), far.astype(np.float32)


def _rows_below(up: Array, scale: float, rows: int) -> Whole:
    """How many rows of pixels have their centre below `up`, counted from the lowest."""
    found: Whole = np.clip(np.ceil(up * np.float32(scale) + np.float32(rows / 2 - 0.5)), 0, rows).astype(np.int32)
    return found


def nearest(x: Array, y: Array, size: int) -> Whole:
    """The number of the node nearest to each point of the square, those outside as if they were at its edge."""
    half = np.float32((size - 1) / 2)
    column = np.clip(x * half + (half + np.float32(0.5)), 0, size - 1).astype(np.int32)
    row = np.clip(y * half + (half + np.float32(0.5)), 0, size - 1).astype(np.int32)
    return np.asarray(row * size + column)


def packed(colors: Array) -> Pixels:
    """Colours (…, 3) from 0 to 255 as 0xffrrggbb."""
    red, green, blue = np.moveaxis(np.clip(colors, 0, 255).astype(np.uint32), -1, 0)
    return np.asarray(red << 16 | green << 8 | blue | 0xFF000000, dtype=np.uint32)
