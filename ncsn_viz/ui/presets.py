"""The presets as pictures to choose from."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from ncsn_viz.core.targets import TARGETS, GaussianTarget, Mixture, Target
from ncsn_viz.ui import theme
from ncsn_viz.ui.heat import darkest, heat_image
from ncsn_viz.ui.row import say
from ncsn_viz.ui.views import paint

COLUMNS = 4
SIDE = 56  # pixels of a picture
WINDOW = (-8.0, 8.0)  # what it shows along both axes
GAP = 6
LIFT = 0.7
CAPTION = 15  # height of the line below a picture
TYPE = 9


class PresetGrid(QWidget):
    """One button a preset. `chosen` carries a new Target with its defaults."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbs: dict[str, Thumb] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP)
        kinds = [kind for kind in TARGETS if issubclass(kind, GaussianTarget)]
        for index, kind in enumerate(kinds):
            thumb = Thumb(kind, self._caption(kind))
            thumb.clicked.connect(lambda _=False, kind=kind: self._choose(kind))
            self.thumbs[kind.kind] = thumb
            grid.addWidget(thumb, *divmod(index, COLUMNS))
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self._current = ""
        self._waiting = list(self.thumbs.values())

    def show_target(self, target: Target) -> None:
        """Mark the preset that `target` is, whatever its knobs; none if it is painted."""
        if target.kind != self._current:
            self._current = target.kind
            self._mark()

    def _choose(self, kind: type[GaussianTarget]) -> None:
        self.chosen.emit(start(kind))

    def _mark(self) -> None:
        for kind, thumb in self.thumbs.items():
            thumb.setChecked(kind == self._current)

    def _caption(self, kind: type[Target]) -> str:
        """A title that fits under a picture."""
        short = {
            "eight_gaussians": self.tr("8 modes"),
            "checkerboard": self.tr("checker"),
            "two_modes": self.tr("two far"),
            "mixture": self.tr("mixture"),
        }
        return short.get(kind.kind) or say(kind.title).lower()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._waiting:
            QTimer.singleShot(0, self, self._draw_next)  # after the first frame is on screen

    def _draw_next(self) -> None:
        """Draw one picture and come back for the next: the window stays responsive from its first frame on."""
        if self._waiting:
            self._waiting.pop(0).draw()
            QTimer.singleShot(0, self, self._draw_next)


class Thumb(QAbstractButton):
    """A picture with a caption below it."""

    def __init__(self, kind: type[GaussianTarget], caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._picture: QImage | None = None
        self.setText(caption)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(say(kind.title))
        self.setToolTip(f"<qt><b>{say(kind.title)}</b><br>{say(kind.about)}</qt>")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def draw(self) -> None:
        """Make the picture."""
        self._picture = picture(self.kind)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE - 1, SIDE - 1 + CAPTION)

    def nextCheckState(self) -> None:
        """Stay as it is: what is checked comes from outside."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        c, lit = theme.colors(), self.isChecked() or self.hasFocus()
        side = min(self.width(), self.height() - CAPTION)
        box = QRectF((self.width() - side) / 2, 0, side, side).adjusted(0.75, 0.75, -0.75, -0.75)
        frame = QPainterPath()
        frame.addRoundedRect(box, 5, 5)
        painter.setClipPath(frame)
        painter.fillPath(frame, QColor(*darkest()))
        if self._picture is not None:
            painter.drawImage(box, self._picture)
        painter.setClipping(False)
        edge = c.accent if lit else c.soft if self.underMouse() else c.line
        painter.setPen(QPen(QColor(edge), 2.0 if self.isChecked() else 1.0))
        painter.drawPath(frame)
        words = c.text if lit or self.underMouse() else c.soft
        line = QRectF(0, self.height() - CAPTION + 1, self.width(), CAPTION - 1)
        paint.write(painter, line, self.text(), paint.font(TYPE), words, Qt.AlignmentFlag.AlignHCenter)
        painter.end()


def start(kind: type[GaussianTarget]) -> GaussianTarget:
    """What a click chooses: the defaults, and for the mixture, whose defaults are the two far modes, one of its own."""
    if kind is Mixture:
        return Mixture((5, 3, 2), ((-3.5, -2.5), (3, -1.5), (0.5, 4)), (1.3, 0.8, 0.6))
    return kind()


def picture(kind: type[GaussianTarget]) -> QImage:
    """The density of the preset as it is chosen, in the heat colours, its faint parts lifted."""
    values = density(start(kind), SIDE)
    return heat_image((255 * (values / values.max()) ** LIFT).astype(np.uint8))


def density(
    target: GaussianTarget, side: int, window: tuple[float, float] = WINDOW
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The density over a square up to a factor, shape (side, side), row 0 at the bottom: a product of two matrices."""
    parts = target.components()
    centres = window[0] + (np.arange(side) + 0.5) / side * (window[1] - window[0])
    scaled = (centres - parts.means[..., None]) / parts.stds[:, None, None]  # (k, 2, side)
    bells = np.exp(-0.5 * scaled**2)
    return np.asarray((bells[:, 1] * (parts.weights / parts.stds**2)[:, None]).T @ bells[:, 0])
