"""The axis ticks along the edges of a plot, and the caption in its corner."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.camera import Camera

STEPS = (1.0, 2.0, 5.0, 10.0)  # between ticks, in units of a power of ten
TICK_SPACING = 58  # pixels, at least
CORNER = 28  # pixels without ticks in the corners
GAP = 12  # pixels between two numbers, at least
CANVAS = Coordinates()


class AxisTicks:
    """The axis ticks, cached as a pixmap, as the field changes much more often than the camera."""

    def __init__(self) -> None:
        self._key: tuple[Camera, Coordinates, float, str] | None = None
        self._pixmap = QPixmap()

    def paint(self, painter: QPainter, camera: Camera, coordinates: Coordinates = CANVAS) -> None:
        """Draw the ticks at round numbers of `coordinates`."""
        ratio = painter.device().devicePixelRatioF()
        key = (camera, coordinates, ratio, painting.font().toString())
        if key != self._key:
            self._key = key
            self._pixmap = painting.transparent_pixmap(camera.width, camera.height, ratio)
            inner = QPainter(self._pixmap)
            paint_ticks(inner, camera, coordinates)
            inner.end()
        painter.drawPixmap(0, 0, self._pixmap)


def paint_ticks(painter: QPainter, camera: Camera, coordinates: Coordinates = CANVAS) -> None:
    """Draw ticks and their numbers along the lower and the left edge."""
    x0, x1, y0, y1 = camera.region
    least, (x, y) = TICK_SPACING / camera.scale, coordinates.offset
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    font = painting.font(theme.TINY)
    across = tick_marks(x0, x1, least, coordinates.scale, x)
    widest = max((painting.width_of(text, font) for _, text in across), default=0) + GAP
    for value, text in tick_marks(x0, x1, max(least, widest / camera.scale), coordinates.scale, x):
        at = float(camera.to_pixels(np.array([value, y0]))[0])
        if CORNER < at < camera.width - CORNER:
            painter.fillRect(QRectF(round(at), camera.height - 4, 1, 4), theme.ink(150))
            _paint_number(painter, text, at, camera.height - 11)
    for value, text in tick_marks(y0, y1, least, coordinates.scale, y):
        at = float(camera.to_pixels(np.array([x0, value]))[1])
        if CORNER < at < camera.height - CORNER:
            painter.fillRect(QRectF(0, round(at), 4, 1), theme.ink(150))
            _paint_number(painter, text, None, at)


def _paint_number(painter: QPainter, text: str, x: float | None, y: float) -> None:
    """A number centred on `x`, or at the left edge without one, on a dark background."""
    font = painting.font(theme.TINY)
    width = painting.width_of(text, font) + 4
    box = QRectF(8 if x is None else x - width / 2, y - 6.5, width, 13)
    painter.fillRect(box, theme.shade())
    painting.write(painter, box, text, font, theme.ink(), Qt.AlignmentFlag.AlignHCenter)


def paint_caption(painter: QPainter, caption: str, width: float) -> None:
    """Draw the caption in the upper left corner of a plot of this width."""
    if not caption:
        return
    font = painting.font(theme.SMALL)
    box = QRectF(8, 7, min(painting.width_of(caption, font) + 14, width - 16), 19)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painting.fill_rounded(painter, box, theme.shade(), 5)
    painting.write(painter, box.adjusted(7, 0, -7, 0), caption, font, theme.ink())


def tick_marks(
    low: float, high: float, least: float, scale: float = 1.0, offset: float = 0.0
) -> list[tuple[float, str]]:
    """Ticks in [low, high], at least `least` apart: their positions, and scale · position + offset, round."""
    step = nice_step(scale * least)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = multiples(scale * low + offset, scale * high + offset, step)
    return [((value - offset) / scale, f"{value + 0.0:.{decimals}f}".replace("-", "−")) for value in values]


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `least`."""
    unit = 10.0 ** np.floor(np.log10(least))
    return float(next(unit * step for step in STEPS if unit * step >= least * 0.999))


def multiples(low: float, high: float, step: float) -> list[float]:
    """The multiples of `step` in [low, high]."""
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [round(number * step, 12) for number in range(first, last + 1)]
