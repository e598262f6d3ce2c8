"""The mapping between the plane and the pixels of a widget."""

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

    `half_extent` is half the visible length of the plane along the shorter side: a wider or higher view shows more.
    """

    width: float
    height: float
    center: tuple[float, float] = (0.0, 0.0)
    half_extent: float = 8.0

    @property
    def scale(self) -> float:
        """Pixels per unit of the plane."""
        return max(min(self.width, self.height), 1.0) / (2 * self.half_extent)

    @property
    def region(self) -> Region:
        """The visible region (x0, x1, y0, y1)."""
        half_x, half_y = self.width / (2 * self.scale), self.height / (2 * self.scale)
        x, y = self.center
        return (x - half_x, x + half_x, y - half_y, y + half_y)

    def to_pixels(self, points: Array) -> Array:
        """Pixels (n, 2) of `points` (n, 2) of the plane."""
        offset = (points - np.asarray(self.center)) * self.scale
        return np.stack([self.width / 2 + offset[..., 0], self.height / 2 - offset[..., 1]], axis=-1)

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """The point of the plane at the pixel (x, y)."""
        return (
            self.center[0] + (x - self.width / 2) / self.scale,
            self.center[1] - (y - self.height / 2) / self.scale,
        )

    def rect(self, region: Region) -> QRectF:
        """The pixels that `region` of the plane covers, rounded to a thousandth.

        Rounding keeps whole numbers whole, so that an image of that size is copied and not scaled.
        """
        x0, x1, y0, y1 = region
        (x, y), scale = self.center, self.scale
        left, right = (round(self.width / 2 + (at - x) * scale, 3) for at in (x0, x1))
        top, bottom = (round(self.height / 2 - (at - y) * scale, 3) for at in (y1, y0))
        return QRectF(left, top, right - left, bottom - top)

    def transform(self) -> QTransform:
        """The mapping from the plane to pixels, for paths in the plane's coordinates."""
        x, y = self.width / 2 - self.center[0] * self.scale, self.height / 2 + self.center[1] * self.scale
        return QTransform(self.scale, 0, 0, -self.scale, x, y)


def inscribed_square(region: Region | tuple[float, ...]) -> tuple[tuple[float, float], float]:
    """The centre and the half extent of the largest centred square in `region`."""
    x0, x1, y0, y1 = region
    return ((x0 + x1) / 2, (y0 + y1) / 2), min(x1 - x0, y1 - y0) / 2
