"""A typeset formula in the colour of the text."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ncsn_viz.ui import theme
from ncsn_viz.ui.assets import asset

EDGE_X, EDGE_Y = 10, 7
LARGEST = 0.95  # of the size in which it was typeset


class Formula(QFrame):
    """Shows `assets/formulas/<kind>.svg`, as large as fits; nothing where there is no such file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._kind = ""
        self._renderer: QSvgRenderer | None = None
        self.hide()

    def show_kind(self, kind: str, title: str = "") -> None:
        """Show the formula of `kind`."""
        if kind == self._kind:
            return
        self._kind = kind
        self._renderer = _renderer(kind, theme.colors().text)
        self.setAccessibleName(title)
        self.setVisible(self._renderer is not None)
        self.updateGeometry()
        self.update()

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
        painter = QPainter(self)
        box = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        self._renderer.render(painter, box)
        painter.end()


@cache
def _renderer(kind: str, color: str) -> QSvgRenderer | None:
    path = asset(f"formulas/{kind}.svg")
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").replace("black", color)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    return renderer if renderer.isValid() else None
