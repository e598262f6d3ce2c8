"""The axes, the caption and the numbers of the modes of a lane, over its field: they take no room from it."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.plots.view import LaneView
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.camera import Camera

CORNER = 28  # pixels without numbers at both ends
ROOM = {"top": 22.0, "right": 60.0}  # pixels for ticks and numbers
GAP = 12  # pixels between two numbers, at least
FILL = 170  # of 255, the opacity behind the number of a mode
CANVAS = Coordinates()

Position = tuple[float, float]


class LaneAxis(NumberAxis):
    """An axis within the view: along its lower edge (`top`, as the numbers stand above it), or its left one (`right`).

    Its numbers are in the user's coordinates.
    """

    def __init__(self, orientation: str, view: LaneView, parent: QGraphicsItem) -> None:
        self._offset = 0.0
        super().__init__(orientation)
        self.setParentItem(parent)
        self.setStyle(maxTickLevel=0, tickLength=4, tickTextOffset=3 if orientation == "top" else 5)
        (self.setHeight if orientation == "top" else self.setWidth)(ROOM[orientation])
        self.linkToView(view)

    def recolour(self) -> None:
        """Take font and colours of the present theme."""
        self.setStyle(tickFont=painting.font(theme.TINY))
        self.setPen(theme.ink(150))
        self.setTextPen(theme.ink())

    def show_coordinates(self, scale: float, offset: float) -> None:
        """Number the axis by scale · position + offset."""
        self._offset = offset
        self.setScale(scale)
        self.picture = None
        self.update()

    def fit(self, rect: QRectF) -> None:
        """Stand at the edge of the pixels `rect` of the view."""
        room = ROOM[self.orientation]
        if self.orientation == "top":
            rect = QRectF(rect.left(), rect.bottom() - room, rect.width(), room)
        else:
            rect = QRectF(rect.left(), rect.top(), room, rect.height())
        self.setGeometry(rect)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """The spacing of the numbers from `low` to `high`, so wide that those beside each other do not touch."""
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        if self.orientation == "top" and levels:
            spacing, font = levels[0][0], painting.font(theme.TINY)
            texts = NumberAxis.tickStrings(self, [low, high], 1.0, spacing)
            least = (max(painting.width_of(text, font) for text in texts) + GAP) * (high - low) / max(size, 1.0)
            while spacing < least:
                spacing *= 2
            levels = [(spacing, 0)]
        return levels

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float | None, list[float]]]:
        """Multiples of the spacing in the user's coordinates; none in the corners, where the other axis is."""
        corner = CORNER / max(size, 1.0) * (high - low)
        first, last = (self.scale * at + self._offset for at in (low + corner, high - corner))
        levels = self.tickSpacing(self.scale * low + self._offset, self.scale * high + self._offset, size)
        if not levels or first >= last:
            return []
        spacing = levels[0][0]
        numbers = range(math.ceil(first / spacing), math.floor(last / spacing) + 1)
        return [(spacing / self.scale, [(number * spacing - self._offset) / self.scale for number in numbers])]

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        """The numbers of ticks in the user's coordinates."""
        return super().tickStrings([value + self._offset / scale for value in values], scale, spacing)

    def drawPicture(self, p: QPainter, axis: Any, ticks: Any, texts: Any) -> None:  # noqa: ARG002
        """Draw ticks, and numbers on a background that separates them from the field; no line along the edge."""
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for pen, start, end in ticks:
            p.setPen(pen)
            p.drawLine(start, end)
        p.setFont(self.style["tickFont"])
        for rect, flags, text in texts:
            p.fillRect(rect.adjusted(-3, -1, 3, 1), theme.shade())
            p.setPen(self.textPen())
            p.drawText(rect, int(flags), text)


class CaptionLayer(Layer):
    """The caption in the upper left corner."""

    name = "caption"

    def __init__(self) -> None:
        self.text = ""
        super().__init__()

    def set_text(self, text: str) -> None:
        """Show another caption."""
        if text != self.text:
            self.text = text
            self.update()

    def draw(self, painter: QPainter, camera: Camera) -> None:
        paint_caption(painter, self.text, camera.width)


def paint_caption(painter: QPainter, caption: str, width: float) -> None:
    """Draw the caption in the upper left corner of a plot of this width."""
    if not caption:
        return
    font = painting.font(theme.SMALL)
    box = QRectF(8, 7, min(painting.width_of(caption, font) + 14, width - 16), 19)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painting.fill_rounded(painter, box, theme.shade(), 5)
    painting.write(painter, box.adjusted(7, 0, -7, 0), caption, font, theme.ink())


class ModeNumbers(pg.ItemGroup):
    """A number at each mode, above everything else; none of a single mode. In coordinates of the plane."""

    name = "modes"

    def __init__(self) -> None:
        super().__init__()
        self._positions: tuple[Position, ...] = ()
        self.texts: list[pg.TextItem] = []

    def show_modes(self, positions: tuple[Position, ...]) -> None:
        """Number the modes at `positions` from 1 on."""
        if positions == self._positions:
            return
        self._positions = positions
        for text in self.texts:
            text.setParentItem(None)
            if text.scene() is not None:
                text.scene().removeItem(text)
        self.texts = [self._text(number, at) for number, at in enumerate(positions, 1)] if len(positions) > 1 else []

    def _text(self, number: int, at: Position) -> pg.TextItem:
        text = pg.TextItem(str(number), color=theme.ink(), anchor=(0.5, 0.5), fill=theme.shade(FILL))
        text.setFont(painting.font(theme.TINY, bold=True))
        text.textItem.document().setDocumentMargin(1.5)
        text.updateTextPos()
        text.setParentItem(self)
        text.setPos(*at)
        return text
