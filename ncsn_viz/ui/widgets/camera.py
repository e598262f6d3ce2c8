"""Where a plot looks: the mapping between the plane and the pixels of a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QTransform

Region = tuple[float, float, float, float]
Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Camera:
    """The mapping between the plane (y up) and `width` × `height` pixels (y down).

    `reach` is half the plane's extent along the shorter side, so that a resized view shows more, never less.
    """

    width: float
    height: float
    center: tuple[float, float] = (0.0, 0.0)
    reach: float = 8.0

    @property
    def scale(self) -> float:
        """Pixels a unit of the plane."""
        return max(min(self.width, self.height), 1.0) / (2 * self.reach)

    @property
    def region(self) -> Region:
        """What is seen: (x0, x1, y0, y1)."""
        half_x, half_y = self.width / (2 * self.scale), self.height / (2 * self.scale)
        x, y = self.center
        return (x - half_x, x + half_x, y - half_y, y + half_y)

    def to_pixels(self, points: Array) -> Array:
        """Pixels (n, 2) of the plane's `points` (n, 2)."""
        away = (points - np.asarray(self.center)) * self.scale
        return np.stack([self.width / 2 + away[..., 0], self.height / 2 - away[..., 1]], axis=-1)

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """The point of the plane under the pixel (x, y)."""
        return (
            self.center[0] + (x - self.width / 2) / self.scale,
            self.center[1] - (y - self.height / 2) / self.scale,
        )

    def rect(self, region: Region) -> QRectF:
        """The pixels that `region` of the plane covers, to a thousandth.

        Where they are whole but for rounding they come out whole, and a picture of that size is copied, not scaled.
        """
        x0, x1, y0, y1 = region
        (x, y), scale = self.center, self.scale
        left, right = (round(self.width / 2 + (at - x) * scale, 3) for at in (x0, x1))
        top, bottom = (round(self.height / 2 - (at - y) * scale, 3) for at in (y1, y0))
        return QRectF(left, top, right - left, bottom - top)

    def transform(self) -> QTransform:
        """The same as a transform, for paths kept in the plane's coordinates."""
        x, y = self.width / 2 - self.center[0] * self.scale, self.height / 2 + self.center[1] * self.scale
        return QTransform(self.scale, 0, 0, -self.scale, x, y)


def square(region: Region | tuple[float, ...]) -> tuple[tuple[float, float], float]:
    """The centre of `region` and the reach of the square in it, which stays in view in every window."""
    x0, x1, y0, y1 = region
    return ((x0 + x1) / 2, (y0 + y1) / 2), min(x1 - x0, y1 - y0) / 2
