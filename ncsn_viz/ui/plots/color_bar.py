"""The colour bar in the corner of a plot: the colours of a map, ticks with their values, and a caption."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from ncsn_viz.ui.plots.color_scale import ColorScale
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.indexed_image import indexed_image

LENGTHS = (150, 84)  # pixels of the bar in a large and in a small plot
SMALL_PLOT = 330  # pixels: a plot with a smaller side is a small one
THICKNESS, MARGIN, HEIGHT = 7, 15, 42  # pixels: of the bar, on its left and right, of the whole
LINE = 13  # pixels of another line of the caption
SHADE, INK, FAINT = QColor(0, 0, 8, 165), QColor(255, 255, 255, 215), QColor(255, 255, 255, 150)


class ColorBar:
    """A colour bar, cached as a pixmap, as it is drawn above the particles in every frame."""

    def __init__(self) -> None:
        self._key: tuple[ColorScale, str, int, float] | None = None
        self._pixmap = QPixmap()

    def paint(self, painter: QPainter, scale: ColorScale, caption: str, size: QSize, occupied: float) -> None:
        """Draw the bar in the upper right corner of a plot of `size`, lower where it would begin left of `occupied`."""
        length = LENGTHS[min(size.width(), size.height()) < SMALL_PLOT]
        key = (scale, caption, length, painter.device().devicePixelRatioF())
        if key != self._key:
            self._key, self._pixmap = key, _bar_pixmap(*key)
        left = size.width() - self._pixmap.deviceIndependentSize().width() - 8
        painter.drawPixmap(QPointF(left, 30 if left < occupied else 7), self._pixmap)


def _bar_pixmap(scale: ColorScale, caption: str, length: int, ratio: float) -> QPixmap:
    lines, small = caption.split("\n"), painting.font(theme.SMALL - 1)
    width = max(length + 2 * MARGIN, *(round(painting.width_of(line, small)) + MARGIN for line in lines))
    above = LINE * (len(lines) - 1)  # the bar is lower by so much
    pixmap = painting.transparent_pixmap(width, HEIGHT + above, ratio)
    painter = painting.smooth_painter(pixmap)
    painting.fill_rounded(painter, QRectF(0, 0, width, HEIGHT + above), SHADE, 5)
    center = Qt.AlignmentFlag.AlignHCenter
    for number, line in enumerate(lines):
        painting.write(painter, QRectF(0, 1 + LINE * number, width, 15), line, small, INK, center)
    bar = QRectF((width - length) / 2, 17 + above, length, THICKNESS)
    painter.drawImage(bar, indexed_image(np.arange(256, dtype=np.uint8)[None], scale.colors()))
    font, ticks = painting.font(theme.SMALL - 2), scale.ticks()
    if length < LENGTHS[0]:
        ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
    for position, text in ticks:
        x = bar.left() + position * length
        painter.fillRect(QRectF(round(x), bar.bottom(), 1, 3), FAINT)
        painting.write(painter, QRectF(x - 22, bar.bottom() + 3, 44, 12), text, font, INK, center)
    painter.end()
    return pixmap
