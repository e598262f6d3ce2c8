"""The colour bars of the maps that are shown, side by side: colours, ticks with their values, and captions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.ui.maps.color_scale import ColorScale
from ncsn_viz.ui.widgets.translate import plain, translate

if TYPE_CHECKING:
    from ncsn_viz.ui.maps.color_bar_view import ColorBarView

HEIGHT = 27  # pixels of the widget
LONGEST, SHORTEST = 190, 90  # pixels of a bar
TOP, THICKNESS = 3, 8  # pixels above a bar, and of it
EDGE = 12  # pixels on the left, for half of the first tick's text
TICK_ROOM = 40  # pixels for the text of a tick: of more ticks only the first, the middle and the last have one


class ColorBar(NamedTuple):
    """The scale of a map, and what is written beside its bar."""

    scale: ColorScale
    caption: str


class ColorBars(QWidget):
    """One bar for each scale."""

    bars: tuple[ColorBar, ...] = ()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(2 * LONGEST, HEIGHT)

    @cached_property
    def view(self) -> ColorBarView:
        """What draws the bars; made for the first of them, as pyqtgraph takes long to import."""
        from ncsn_viz.ui.maps.color_bar_view import ColorBarView

        view = ColorBarView(self)
        view.setGeometry(self.rect())
        view.show()
        return view

    def show_bars(self, bars: tuple[ColorBar, ...]) -> None:
        """Show these bars instead of the present ones."""
        if bars != self.bars:
            self.bars = bars
            helps = dict.fromkeys(translate(MAP_LAYERS[bar.scale.name].help) for bar in bars)
            self.setToolTip(plain("\n".join(helps)))
            self.setAccessibleName(", ".join(bar.caption for bar in bars))
            self.view.show_bars(bars)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.bars:
            self.view.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.bars:
            self.view.show_bars(self.bars)
