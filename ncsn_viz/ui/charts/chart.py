"""The base of all plots: a pyqtgraph PlotWidget in the colours of the theme, with one context menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from ncsn_viz.ui.charts import export
from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.translate import plain

Range = tuple[float, float]
BEHIND = -200  # the z of a grid, below that of the view and its items


class ChartView(pg.ViewBox):
    """The view of a Chart. The left button pans, the wheel zooms, the right button zooms or asks for the menu.

    `menuAsked` carries a point of the screen.
    """

    menuAsked = Signal(QPoint)

    def __init__(self, **options: Any) -> None:
        super().__init__(enableMenu=False, **options)

    def mouseClickEvent(self, event: Any) -> None:
        """Ask for the menu."""
        if event.button() == Qt.MouseButton.RightButton:
            event.accept()
            self.menuAsked.emit(event.screenPos().toPoint())

    def show_all(self) -> None:
        """Show everything, and follow it from now on."""
        self.enableAutoRange()
        self.updateAutoRange()


class FittedView(ChartView):
    """A view whose whole is set: `fit` says what it is, which is shown until someone zooms or moves it."""

    def __init__(self) -> None:
        super().__init__(defaultPadding=0.0)
        self._whole: list[Range] = [(0.0, 1.0), (0.0, 1.0)]

    def fit(self, x: Range, y: Range) -> None:
        """Set the whole, and show it unless someone has zoomed or moved."""
        self._whole = [x, y]
        self._autoRangeNeedsUpdate = True
        self.updateAutoRange()

    def childrenBounds(self, *_: Any, **__: Any) -> list[list[float]]:
        """The whole, in place of what the items cover."""
        return [list(each) for each in self._whole]


class Chart(pg.PlotWidget):
    """A plot with axes on the left and below. `failed` carries a sentence.

    What is drawn in it are items of pyqtgraph: PlotDataItem, BarGraphItem, ImageItem and so on.
    """

    failed = Signal(str)
    file_name = "plot"  # of an exported file, without its suffix

    def __init__(
        self, parent: QWidget | None = None, view: ChartView | None = None, axes: Mapping[str, NumberAxis] | None = None
    ) -> None:
        self.view = view or ChartView()
        self.axes = dict(axes or {side: NumberAxis(side) for side in ("left", "bottom")})
        super().__init__(parent, background=None, viewBox=self.view, axisItems=self.axes, enableMenu=False)
        self.hideButtons()
        self.destroyed.connect(self.getPlotItem().ctrlMenu.deleteLater)  # a window of its own, which nobody deletes
        self.axes["left"].setZValue(BEHIND)
        self.view.menuAsked.connect(self.show_menu)
        self.recolour()

    def recolour(self) -> None:
        """Take the colours of the present theme."""
        self.setBackground(theme.colors().card)
        for axis in self.axes.values():
            axis.recolour()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "axes"):
            self.recolour()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        self.view.show_all()
        event.accept()

    # -- the menu ---------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key; the mouse asks when the right button is released, which may also zoom."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.show_menu(event.globalPos())
        event.accept()

    def show_menu(self, at: QPoint) -> None:
        """Show the menu at a point of the screen."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def menu(self) -> QMenu:
        """Everything that can be done with a plot: zoom, copy, export."""
        menu = QMenu(self, toolTipsVisible=True)
        by_frame = self.view.state["mouseMode"] == pg.ViewBox.RectMode
        for text, tip, action in (
            (self.tr("Show everything"), self.tr("Also by a double click."), self.view.show_all),
            (self.tr("Zoom by a frame") if not by_frame else self.tr("Move by the mouse"),
             self.tr("What the left button does: draw a frame that is zoomed into, or move what is shown."),
             self._change_mouse),
            ("", "", None),
            (self.tr("Copy picture"), self.tr("Into the clipboard."), self.copy_picture),
            (self.tr("Save as PNG …"), self.tr("A picture of pixels."), lambda: self._save("png")),
            (self.tr("Save as SVG …"), self.tr("A picture of lines, sharp at any size."), lambda: self._save("svg")),
            (self.tr("Save values as CSV …"), self.tr("The numbers that are drawn."), lambda: self._save("csv")),
        ):  # fmt: skip
            if action is None:
                menu.addSeparator()
                continue
            entry = menu.addAction(text)
            entry.setToolTip(plain(tip))
            entry.triggered.connect(action)
        return menu

    def _change_mouse(self) -> None:
        by_frame = self.view.state["mouseMode"] == pg.ViewBox.RectMode
        self.view.setMouseMode(pg.ViewBox.PanMode if by_frame else pg.ViewBox.RectMode)

    def content(self, suffix: str) -> bytes:
        """The plot as a file of the kind `suffix`: png, svg or csv."""
        item = self.getPlotItem()
        return {"png": export.as_png, "svg": export.as_svg, "csv": self.values}[suffix](item)

    def values(self, item: pg.PlotItem) -> bytes:
        """The values that are drawn, as CSV."""
        return export.as_csv(item)

    def copy_picture(self) -> None:
        """Put a picture of the plot into the clipboard."""
        QGuiApplication.clipboard().setImage(QImage.fromData(self.content("png")))

    def _save(self, suffix: str) -> None:
        if sentence := export.save(self, self.file_name, suffix, lambda: self.content(suffix)):
            self.failed.emit(sentence)
