"""Typeset formulas in the colour of the text, and the values of their symbols."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.assets import asset, svg_renderer
from ncsn_viz.ui.widgets.translate import plain

EDGE_X, EDGE_Y = 10, 7  # pixels around the formula
COLUMNS = 2  # of values
LINE_HEIGHT = 18  # pixels of a line of values
LARGEST = 0.95  # of the size of the SVG


class TypesetFormula(QFrame):
    """Shows `assets/formulas/<kind>.svg`, as large as fits; hidden if there is no such file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.styled(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._kind = ""
        self._renderer: QSvgRenderer | None = None
        self.hide()

    def show_kind(self, kind: str, title: str = "") -> None:
        """Show the formula of `kind`; `title` is its accessible name."""
        if kind == self._kind:
            return
        self._kind = kind
        self._renderer = _renderer(kind, theme.colors().text)
        self.setAccessibleName(title)
        self.setVisible(self._renderer is not None)
        self.updateGeometry()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and self._kind:
            self._renderer = _renderer(self._kind, theme.colors().text)
        super().changeEvent(event)

    def _fitted(self, width: int) -> tuple[float, float]:
        if self._renderer is None:
            return 0.0, 0.0
        size = self._renderer.defaultSize()
        scale = min(LARGEST, (width - 2 * EDGE_X) / max(size.width(), 1))
        return size.width() * scale, size.height() * scale

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(self.width() or 200))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._fitted(width)[1]) + 2 * EDGE_Y

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._renderer is None:
            return
        width, height = self._fitted(self.width())
        box = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        self._renderer.render(QPainter(self), box)


@cache
def _renderer(kind: str, color: str) -> QSvgRenderer | None:
    name = f"formulas/{kind}.svg"
    return svg_renderer(name, color) if asset(name).is_file() else None


class SymbolValues(QWidget):
    """The present values of a formula's symbols in COLUMNS of equal width: none moves while digits change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, str] = {}
        tip = self.tr("What the symbols of the formula are for the particles as they are now.")
        self.setToolTip(plain(tip))
        self.hide()

    def show_values(self, values: Mapping[str, float]) -> None:
        """Show `values` by symbol."""
        texts = {symbol: number_text.plain(value) for symbol, value in values.items()}
        if texts != self.values:
            self.values = texts
            self.setFixedHeight(LINE_HEIGHT * math.ceil(len(texts) / COLUMNS))
            self.setVisible(bool(texts))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        c, font, bold = theme.colors(), painting.font(theme.SMALL), painting.font(theme.SMALL, bold=True)
        column = self.width() / COLUMNS
        for index, (symbol, value) in enumerate(self.values.items()):
            name = f"{symbol} = "
            width = painting.width_of(name, font)
            row, place = divmod(index, COLUMNS)
            box = QRectF(place * column, row * LINE_HEIGHT, column - 4, LINE_HEIGHT)
            painting.write(painter, box, name, font, c.soft)
            painting.write(painter, box.adjusted(width, 0, 0, 0), value, bold, c.text)
