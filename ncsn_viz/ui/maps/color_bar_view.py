"""The colour bars as items of pyqtgraph: an image and an axis each, and a caption beside them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsSimpleTextItem, QWidget

from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.maps.color_bar import EDGE, LONGEST, SHORTEST, THICKNESS, TICK_ROOM, TOP, ColorBar
from ncsn_viz.ui.widgets import painting, theme


class ColorBarView(pg.GraphicsView):
    """The bars side by side."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, background=None)
        self.items_shown: list[ColorBarItem] = []
        self.setStyleSheet("background: transparent")  # it stands on the window, not on a card
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the tool tip is that of its parent

    def show_bars(self, bars: tuple[ColorBar, ...]) -> None:
        """Show these bars instead of the present ones."""
        for item in self.items_shown:
            self.removeItem(item)
        self.items_shown = [ColorBarItem(bar) for bar in bars]
        for item in self.items_shown:
            self.addItem(item)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "items_shown"):  # pyqtgraph calls it while it makes the view
            self._place()

    def _place(self) -> None:
        each = self.width() / max(len(self.items_shown), 1)
        for index, item in enumerate(self.items_shown):
            item.place(QRectF(index * each, 0, each - 8, self.height()))


class ColorBarItem(pg.GraphicsWidget):
    """One bar with its numbers below it, and its caption on its right."""

    def __init__(self, bar: ColorBar) -> None:
        super().__init__()
        c = theme.colors()
        self._ticks, self._caption = bar.scale.ticks(), " ".join(bar.caption.split())
        self.image = pg.ImageItem(np.arange(256, dtype=np.uint8)[None], levels=(0, 255), lut=bar.scale.colors())
        self.frame = QGraphicsRectItem()
        self.axis = NumberAxis("bottom")
        self.text = QGraphicsSimpleTextItem()
        for part in (self.image, self.frame, self.axis, self.text):
            part.setParentItem(self)
        self.frame.setPen(pg.mkPen(c.line))
        self.axis.setStyle(tickLength=3, tickTextOffset=0, hideOverlappingLabels=24)  # numbers may stand out
        self.axis.setPen(None)  # the frame is its line
        self.axis.setTickPen(c.soft)
        self.axis.setTextPen(c.soft)
        self.axis.setRange(0, 1)
        self.text.setFont(painting.font())
        self.text.setBrush(pg.mkBrush(c.soft))

    def place(self, room: QRectF) -> None:
        """Stand at the left of `room`; of numbers that do not fit only the first, the middle and the last stay."""
        length = min(max(room.width() * 0.4, SHORTEST), LONGEST)
        box, ticks = QRectF(room.left() + EDGE, TOP, length, THICKNESS), self._ticks
        self.image.setRect(box)
        self.frame.setRect(box)
        if length / max(len(ticks) - 1, 1) < TICK_ROOM:
            ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
        self.axis.setTicks([ticks])
        self.axis.setGeometry(QRectF(box.left(), box.bottom(), length, room.bottom() - box.bottom()))
        left = box.right() + EDGE + 6
        metrics = QFontMetricsF(self.text.font())
        text = metrics.elidedText(self._caption, Qt.TextElideMode.ElideRight, max(room.right() - left, 0))
        self.text.setText(text)
        self.text.setPos(left, room.center().y() - metrics.height() / 2)
