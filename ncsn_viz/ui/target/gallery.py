"""The presets as images to choose from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from ncsn_viz.core.targets import TARGETS, Mixture, Painted, Target
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import flush
from ncsn_viz.ui.widgets.indexed_image import indexed_image
from ncsn_viz.ui.widgets.translate import rich, translate

COLUMNS = 4  # at least
SIDE = 56  # pixels of an image, at least
WINDOW = (-8.0, 8.0)  # the part of both axes that it shows
GAP = 6
LIFT = 0.7  # exponent of the density, below 1 so that its faint parts are visible
CAPTION = 16  # height of the caption below an image
# of the presets whose titles are too wide
CAPTIONS = {
    "eight_gaussians": "8 modes", "checkerboard": "checker", "two_modes": "two far", "mixture": "mixture",
    "muller_brown": "Müller–B.", "sharp_checkerboard": "sharp",
}  # fmt: skip


class Gallery(QWidget):
    """Images in rows, drawn one at a time after the first frame is on screen. `chosen` carries a Target."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbs: dict[str, Thumb] = {}
        self._waiting: list[Thumb] = []
        self.columns = 0
        self.grid = flush(QGridLayout(self), GAP)
        self._set_columns(COLUMNS)

    def _set_columns(self, columns: int) -> None:
        """Place all images in rows of `columns`."""
        if columns == self.columns:
            return
        for column in range(max(columns, self.columns)):
            self.grid.setColumnStretch(column, int(column < columns))
            self.grid.setColumnMinimumWidth(column, SIDE - 1 if column < columns else 0)  # also of an empty one
        self.columns = columns
        self._place()

    def _place(self) -> None:
        for index, thumb in enumerate(self.thumbs.values()):
            self.grid.addWidget(thumb, *divmod(index, self.columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_columns(max(COLUMNS, (self.width() + GAP) // (SIDE + 4 + GAP)))

    def show_thumbs(self, thumbs: dict[str, Thumb]) -> None:
        """Show these, by name, instead of the present ones."""
        for thumb in self.thumbs.values():
            self.grid.removeWidget(thumb)
            thumb.hide()
            thumb.deleteLater()
        self.thumbs, self._waiting = thumbs, list(thumbs.values())
        self._place()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._waiting:
            QTimer.singleShot(0, self, self._draw_next)  # after the first frame is on screen

    def _draw_next(self) -> None:
        """Draw one image and schedule the next: the window stays responsive from its first frame on."""
        if self._waiting:
            self._waiting.pop(0).draw()
            QTimer.singleShot(0, self, self._draw_next)


class PresetGrid(Gallery):
    """One button a preset; that of the present target shows it with its knobs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = [kind for kind in TARGETS if kind is not Painted]
        self.show_thumbs({kind.kind: self._thumb(kind) for kind in kinds})
        self._target: Target | None = None

    def show_target(self, target: Target) -> None:
        """Check the preset of the kind of `target`, if there is one, and draw `target` in it."""
        old, self._target = self._target, target
        if old is not None and old == target:
            return
        if old is not None and old.kind != target.kind and old.kind in self.thumbs:
            self.thumbs[old.kind].draw()
        for kind, thumb in self.thumbs.items():
            thumb.setChecked(kind == target.kind)
        if target.kind in self.thumbs:
            self.thumbs[target.kind].draw(lambda: target_image(target))

    def _thumb(self, kind: type[Target]) -> Thumb:
        title, caption = translate(kind.title), translate(CAPTIONS.get(kind.kind, ""))
        thumb = Thumb(title, translate(kind.about), caption or title.lower(), lambda: target_image(preset(kind)))
        thumb.clicked.connect(lambda _=False: self.chosen.emit(preset(kind)))
        return thumb


class Thumb(QAbstractButton):
    """An image, drawn by `make` when `draw` is called, with a caption below it."""

    def __init__(self, title: str, about: str, caption: str, make: Callable[[], QImage]) -> None:
        super().__init__()
        self._make = make
        self._drawn = make
        self._image: QImage | None = None
        self.setText(caption)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self.setToolTip(rich("<b>{}</b><br>{}", title, about))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def draw(self, make: Callable[[], QImage] | None = None) -> None:
        """Draw the image; with another `make` that image instead, until the next call."""
        self._drawn = make or self._make
        self._image = self._drawn()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._image is not None:
            self.draw(self._drawn)  # in the colours of the scheme

    def sizeHint(self) -> QSize:
        return QSize(SIDE - 1, SIDE - 1 + CAPTION)

    def nextCheckState(self) -> None:
        """A click checks nothing: `show_target` does."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        c, lit = theme.colors(), self.isChecked() or self.hasFocus()
        side = min(self.width(), self.height() - CAPTION)
        box = QRectF((self.width() - side) / 2, 0, side, side).adjusted(0.75, 0.75, -0.75, -0.75)
        frame = QPainterPath()
        frame.addRoundedRect(box, 5, 5)
        painter.setClipPath(frame)
        painter.fillPath(frame, theme.empty())
        if self._image is not None:
            painter.drawImage(box, self._image)
        painter.setClipping(False)
        edge = c.accent if lit else c.soft if self.underMouse() else c.line
        painter.setPen(QPen(QColor(edge), 2.0 if self.isChecked() else 1.0))
        painter.drawPath(frame)
        words = c.text if lit or self.underMouse() else c.soft
        line = QRectF(0, self.height() - CAPTION + 1, self.width(), CAPTION - 1)
        painting.write(painter, line, self.text(), painting.font(theme.TINY), words, Qt.AlignmentFlag.AlignHCenter)


def preset(kind: type[Target]) -> Target:
    """The target of a preset: the defaults of its kind, except for the mixture, whose defaults are the two modes."""
    if kind is Mixture:
        return Mixture((5, 3, 2), ((-3.5, -2.5), (3, -1.5), (0.5, 4)), (1.3, 0.8, 0.6))
    return kind()


def target_image(target: Target, window: tuple[float, float] = WINDOW) -> QImage:
    """The density of a target to the power LIFT, in the colours of densities."""
    levels = (255 * target.image(window, SIDE) ** LIFT).astype(np.uint8)
    return indexed_image(levels, theme.density_colors())
