"""A height field over a square, rendered in software: every column of pixels is filled from front to back.

In a parallel projection that keeps verticals vertical, a column of pixels shows one line of the ground. From near to
far, a sample of that line is visible where it is above all samples before it: a running maximum removes the hidden
parts of all columns at once, exactly for every pixel. Does not depend on Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]
Integers = np.ndarray[Any, np.dtype[np.int32]]
Pixels = np.ndarray[Any, np.dtype[np.uint32]]

# Lengths are in half sides of the square.
HEIGHT = 0.85  # of the height 1
WIDTH_NEEDED, HEIGHT_NEEDED = 2.84, 3.0  # of the image: a diagonal; one with the heights
LIGHT = (-0.55, -0.42, 0.72)  # direction to the light: right, depth, up
AMBIENT, DIFFUSE = 0.42, 0.74
WALLS = (0.62, 0.44)  # brightness of the sides of the block, towards ±x and towards ±y
LIFT = 0.012  # of particles above the surface
TOLERANCE = 0.04  # of depths in which a point counts as on the surface


@dataclass(frozen=True)
class ViewAngle:
    """The direction of view in degrees: `azimuth` turns the square, `elevation` is 0 from the side, 90 from above."""

    azimuth: float = -32.0
    elevation: float = 40.0

    def turned(self, right: float, up: float) -> ViewAngle:
        """The view angle turned by `right` and `up` degrees."""
        azimuth = (self.azimuth + right + 180) % 360 - 180
        return ViewAngle(azimuth, min(max(self.elevation + up, 5.0), 90.0))

    @cached_property
    def cos_sin(self) -> tuple[float, float, float, float]:
        """Cosine and sine of the azimuth and of the elevation."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return math.cos(a), math.sin(a), math.cos(e), math.sin(e)


@dataclass(frozen=True)
class Projection:
    """The projection of the square [−1, 1]² with heights from 0 to 1 onto `width` × `height` pixels, row 0 at the top.

    `margin` pixels of the width are left free for the axis numbers.
    """

    view_angle: ViewAngle
    width: float
    height: float
    margin: float = 0.0

    @property
    def scale(self) -> float:
        """Pixels per half side of the square."""
        return max(min((self.width - self.margin) / WIDTH_NEEDED, self.height / HEIGHT_NEEDED), 1.0)

    def project(self, points: np.ndarray[Any, Any], heights: np.ndarray[Any, Any] | float) -> np.ndarray[Any, Any]:
        """Pixels x, y and depths (n, 3) of `points` (n, 2) of the square at `heights` (n,) from 0 to 1."""
        ca, sa, ce, se = self.view_angle.cos_sin
        x, y = points[..., 0], points[..., 1]
        right, depth = x * ca + y * sa, y * ca - x * sa
        up = depth * se + HEIGHT * (np.asarray(heights) - 0.5) * ce
        return np.stack([self.width / 2 + right * self.scale, self.height / 2 - up * self.scale, depth], axis=-1)


class HeightField:
    """A block with `heights` (m, m) from 0 to 1 and `colors` (n, n, 3) from 0 to 255 on them, row 0 at y = −1.

    The sides of the block have the colour `stone`.
    """

    def __init__(self, heights: Array, colors: Array, stone: tuple[float, ...] = (80.0, 80.0, 80.0)) -> None:
        self.heights, self.colors = heights.astype(np.float32), colors.astype(np.float32)
        self.walls = pack_colors(np.array(WALLS, dtype=np.float32)[:, None] * np.array(stone, dtype=np.float32))
        size = len(colors)
        nodes = np.round(np.linspace(0, len(heights) - 1, size)).astype(int)
        self._slopes = [part * ((size - 1) / 2 * HEIGHT) for part in np.gradient(self.heights[np.ix_(nodes, nodes)])]
        along_y, along_x = self._slopes
        self._normal_z = 1 / np.sqrt(1 + along_x**2 + along_y**2)

    def shaded(self, view_angle: ViewAngle) -> Pixels:
        """The colours (n, n), 0xffrrggbb, with light from the left behind the viewer."""
        ca, sa, _, _ = view_angle.cos_sin
        right, depth, up = LIGHT
        x, y = right * ca - depth * sa, right * sa + depth * ca
        along_y, along_x = self._slopes
        facing = np.clip((up - x * along_x - y * along_y) * self._normal_z, 0, 1)
        return pack_colors(self.colors * (AMBIENT + DIFFUSE * facing)[..., None])

    def height_at(self, x: Array, y: Array) -> Array:
        """Heights at points of the square, those of the nearest nodes."""
        heights: Array = self.heights.ravel()[nearest_node(x, y, len(self.heights))]
        return heights


@dataclass(frozen=True)
class RenderedSurface:
    """An image of a height field: `pixels` (rows, columns), 0xaarrggbb, row 0 at the top.

    `visible_sample` (rows, columns) is the sample of the column that a pixel shows, counted from 1 at the front, or 0
    for the background. The samples of a column are at equal distances from depth `near` to depth `far` (columns,).
    """

    projection: Projection
    pixels: Pixels
    visible_sample: Integers
    near: Array
    far: Array
    samples: int

    def visible(self, projected: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether points are not hidden by the surface, given what `project` returns for them (n, 3)."""
        rows, columns = self.pixels.shape
        column = np.clip(projected[:, 0].astype(int), 0, columns - 1)
        row = np.clip(projected[:, 1].astype(int), 0, rows - 1)
        sample = self.visible_sample[row, column]
        return np.asarray((sample == 0) | (self._depth(sample, column) >= projected[:, 2] - TOLERANCE))

    def point_at(self, x: float, y: float) -> tuple[float, float] | None:
        """The point of the square that the pixel (x, y) shows, or None."""
        rows, columns = self.pixels.shape
        column, row = int(x), int(y)
        if not (0 <= x < columns and 0 <= y < rows) or not self.visible_sample[row, column]:
            return None
        ca, sa, _, _ = self.projection.view_angle.cos_sin
        right = (column + 0.5 - columns / 2) / self.projection.scale
        depth = float(self._depth(self.visible_sample[row, column], column))
        return right * ca - depth * sa, right * sa + depth * ca

    def _depth(self, sample: Any, column: Any) -> Any:
        near = self.near[column]
        return near + (sample - 1) / (self.samples - 1) * (self.far[column] - near)


def render(field: HeightField, projection: Projection, samples: int) -> RenderedSurface:
    """Render `field` with `samples` points along the line of the ground that a column of pixels shows."""
    ca, sa, ce, se = projection.view_angle.cos_sin
    rows, columns, scale = round(projection.height), round(projection.width), projection.scale
    right = ((np.arange(columns, dtype=np.float32) + 0.5) - columns / 2) / scale
    near, far = chords(right, ca, sa)
    share = np.linspace(0, 1, samples, dtype=np.float32)[:, None]
    depth = near + share * (far - near)
    x, y = right * ca - depth * sa, right * sa + depth * ca
    up = depth * se + (field.height_at(x, y) - 0.5) * (HEIGHT * ce)
    floor = _rows_below(near * se - 0.5 * HEIGHT * ce, scale, rows)
    tops = _rows_below(up, scale, rows)
    beside = near > far  # columns that miss the square
    floor[beside], tops[:, beside] = 0, 0
    visible_sample = _visible_samples(floor, tops, rows)
    index = np.maximum(visible_sample - 1, 0), np.arange(columns)
    pixels = field.shaded(projection.view_angle).ravel()[nearest_node(x[index], y[index], len(field.colors))]
    wall = field.walls[(np.abs(y[0]) > np.abs(x[0])).astype(int)]
    pixels = np.where(visible_sample == 1, wall, pixels)
    pixels[visible_sample == 0] = 0
    return RenderedSurface(projection, pixels[::-1].copy(), visible_sample[::-1].copy(), near, far, samples)


def _visible_samples(floor: Integers, tops: Integers, rows: int) -> Integers:
    """The visible sample of every pixel (rows, columns), row 0 at the bottom.

    `floor` (columns,) and `tops` (samples, columns) are the numbers of rows below the floor and below each sample.
    """
    highest = np.maximum.accumulate(np.concatenate([floor[None], tops]), axis=0)
    # a sample is visible from the highest row of all before it up to its own
    sample, column = np.nonzero(highest[1:] > highest[:-1])
    visible = np.zeros((rows, floor.shape[0]), dtype=np.int32)
    visible[highest[sample, column], column] = sample + 1
    visible = np.maximum.accumulate(visible, axis=0)
    visible[np.arange(rows)[:, None] >= highest[-1]] = 0
    return visible


def chords(right: Array, ca: float, sa: float) -> tuple[Array, Array]:
    """The depths at which the lines at `right` (n,) enter and leave the turned square; entry > exit if they miss it."""
    across, along = (np.sign(part) * max(abs(part), 1e-6) or 1e-6 for part in (sa, ca))
    ends = [(right * ca - 1) / across, (right * ca + 1) / across]
    others = [(-right * sa - 1) / along, (-right * sa + 1) / along]
    near = np.maximum(np.minimum(*ends), np.minimum(*others))
    far = np.minimum(np.maximum(*ends), np.maximum(*others))
    return near.astype(np.float32), far.astype(np.float32)


def _rows_below(up: Array, scale: float, rows: int) -> Integers:
    """The number of rows of pixels whose centre is below `up`, counted from the lowest."""
    count: Integers = np.clip(np.ceil(up * np.float32(scale) + np.float32(rows / 2 - 0.5)), 0, rows).astype(np.int32)
    return count


def nearest_node(x: Array, y: Array, size: int) -> Integers:
    """The flat index of the node nearest to each point of the square; points outside are moved to its edge."""
    half = np.float32((size - 1) / 2)
    column = np.clip(x * half + (half + np.float32(0.5)), 0, size - 1).astype(np.int32)
    row = np.clip(y * half + (half + np.float32(0.5)), 0, size - 1).astype(np.int32)
    return np.asarray(row * size + column)


def pack_colors(colors: Array) -> Pixels:
    """Colours (…, 3) from 0 to 255 as 0xffrrggbb."""
    red, green, blue = np.moveaxis(np.clip(colors, 0, 255).astype(np.uint32), -1, 0)
    return np.asarray(red << 16 | green << 8 | blue | 0xFF000000, dtype=np.uint32)
