"""The numbers along the edges of a plot, and the words in its corner."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets import painting as paint
from ncsn_viz.ui.widgets.camera import Camera

TICKS = (1.0, 2.0, 5.0, 10.0)
TICK_SPACING = 58  # pixels, at least
INK, SHADE = QColor(255, 255, 255, 150), QColor(0, 0, 8, 150)
EDGE = 28  # pixels without numbers in the corners


class Numbers:
    """The numbers along the edges, kept as a picture: fields change many times before somebody looks elsewhere."""

    def __init__(self) -> None:
        self._key: tuple[Camera, float, str] | None = None
        self._picture = QPixmap()

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Draw them."""
        ratio = painter.device().devicePixelRatioF()
        key = (camera, ratio, paint.font().toString())
        if key != self._key:
            self._key = key
            self._picture = QPixmap(round(camera.width * ratio), round(camera.height * ratio))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._picture)
            paint_numbers(inner, camera)
            inner.end()
        painter.drawPixmap(0, 0, self._picture)


def paint_numbers(painter: QPainter, camera: Camera) -> None:
    """Ticks and numbers along the lower and the left edge."""
    x0, x1, y0, y1 = camera.region
    step = nice_step(TICK_SPACING / camera.scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for value in multiples(x0, x1, step):
        at = float(camera.to_pixels(np.array([value, y0]))[0])
        if EDGE < at < camera.width - EDGE:
            painter.fillRect(QRectF(round(at), camera.height - 4, 1, 4), INK)
            _paint_number(painter, value, at, camera.height - 11)
    for value in multiples(y0, y1, step):
        at = float(camera.to_pixels(np.array([x0, value]))[1])
        if EDGE < at < camera.height - EDGE:
            painter.fillRect(QRectF(0, round(at), 4, 1), INK)
            _paint_number(painter, value, None, at)


def _paint_number(painter: QPainter, value: float, x: float | None, y: float) -> None:
    """A number of the scale, centred on `x` or else at the left edge, on a shade to keep it legible."""
    what, text = paint.font(theme.SMALL - 2), number_text.plain(value)
    width = paint.width_of(text, what) + 4
    box = QRectF(8 if x is None else x - width / 2, y - 5.5, width, 11)
    painter.fillRect(box, SHADE)
    paint.write(painter, box, text, what, INK, Qt.AlignmentFlag.AlignHCenter)


def paint_caption(painter: QPainter, caption: str, width: float) -> float:
    """The words in the upper left corner of a plot of this width; where they end."""
    if not caption:
        return 0.0
    what = paint.font(theme.SMALL)
    box = QRectF(8, 7, min(paint.width_of(caption, what) + 14, width - 16), 19)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(box, 5, 5)
    paint.write(painter, box.adjusted(7, 0, -7, 0), caption, what, QColor(255, 255, 255, 205))
    return box.right()


def nice_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    unit = 10.0 ** np.floor(np.log10(least))
    return float(next(unit * tick for tick in TICKS if unit * tick >= least * 0.999))


def multiples(low: float, high: float, step: float) -> list[float]:
    """The multiples of `step` in [low, high]."""
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [round(number * step, 12) for number in range(first, last + 1)]
