"""The colour bars of the maps that are shown, side by side: colours, ticks with their values, and captions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.ui.maps.color_scale import ColorScale
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.indexed_image import indexed_image
from ncsn_viz.ui.widgets.translate import plain, translate

HEIGHT = 27  # pixels of the widget
LONGEST, SHORTEST = 190, 90  # pixels of a bar
THICKNESS = 8  # pixels
EDGE = 12  # pixels on the left, for half of the first tick's text
TICK_ROOM = 40  # pixels for the text of a tick: of more ticks only the first, the middle and the last have one


class ColorBar(NamedTuple):
    """The scale of a map, and what is written beside its bar."""

    scale: ColorScale
    caption: str


class ColorBars(QWidget):
    """One bar for each scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: tuple[ColorBar, ...] = ()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(2 * LONGEST, HEIGHT)

    def show_bars(self, bars: tuple[ColorBar, ...]) -> None:
        """Show these bars instead of the present ones."""
        if bars != self.bars:
            self.bars = bars
            helps = dict.fromkeys(translate(MAP_LAYERS[bar.scale.name].help) for bar in bars)
            self.setToolTip(plain("\n".join(helps)))
            self.setAccessibleName(", ".join(bar.caption for bar in bars))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        each = self.width() / max(len(self.bars), 1)
        for index, bar in enumerate(self.bars):
            _paint_bar(painter, bar, QRectF(index * each, 0, each - 8, HEIGHT))


def _paint_bar(painter: QPainter, bar: ColorBar, room: QRectF) -> None:
    """Draw one bar at the left of `room` with its ticks below it, and its caption on its right."""
    length = min(max(room.width() * 0.4, SHORTEST), LONGEST)
    box = QRectF(room.left() + EDGE, 3, length, THICKNESS)
    painter.drawImage(box, indexed_image(np.arange(256, dtype=np.uint8)[None], bar.scale.colors()))
    c, font, ticks = theme.colors(), painting.font(theme.TINY), bar.scale.ticks()
    painter.setPen(QColor(c.line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    if length / max(len(ticks) - 1, 1) < TICK_ROOM:
        ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
    for position, text in ticks:
        x = box.left() + position * length
        painter.fillRect(QRectF(round(x), box.bottom(), 1, 3), QColor(c.soft))
        label = QRectF(x - 22, box.bottom() + 2, 44, 14)
        painting.write(painter, label, text, font, c.soft, Qt.AlignmentFlag.AlignHCenter)
    beside = QRectF(box.right() + EDGE + 6, 0, room.right() - box.right() - EDGE - 6, HEIGHT)
    painting.write(painter, beside, " ".join(bar.caption.split()), painting.font(), c.soft)
