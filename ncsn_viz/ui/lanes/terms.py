"""The present values of the terms of a loss, of their sum and of its floor."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.core.objectives import Objective
from ncsn_viz.lab.snapshot import TRAINING, LaneSnapshot
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.timers import Throttle
from ncsn_viz.ui.widgets.translate import translate

LINE = 17  # height of a line in pixels
RULE = 7  # height of the rule above the sum
MOST = 12  # terms that are shown, evenly chosen where there are more
INTERVAL = 150  # milliseconds between two updates: numbers that change faster cannot be read
SCALE_DECAY = 0.97  # factor by which the scale of the bars shrinks at each update
NEW_WEIGHT = 0.1  # of a new value in the running mean: single batches are noisy
SUM, FLOOR = "loss", "floor"


class LossTerms(QWidget):
    """One line a term: its symbol, a bar from 0, to the left for negative values, and its value; below, their sum.

    It is painted, not a chart of pyqtgraph: each bar stands in a line of text, on a scale that nobody zooms, and the
    axes of a chart would take the wheel from the column that scrolls.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._terms: dict[str, float] = {}
        self._sums: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._next_sums: dict[str, float] = {}
        self._symbols: Mapping[str, str] = {}
        self._terms_sum_to_loss = False
        self._step = 0
        self._scale = 0.0
        self._color = theme.colors().accent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._throttle = Throttle(self._show_next, INTERVAL, self)
        self.hide()

    def show_lane(self, lane: LaneSnapshot, objective: Objective, color: str) -> None:
        """Show the terms of `lane`, as running means over batches while it trains, with bars in `color`."""
        sums = {SUM: lane.loss} if objective.has_floor and lane.loss is not None else {}
        if sums:  # the line of the floor stays while the floor is not known yet
            sums[FLOOR] = math.nan if lane.floor is None else lane.floor
        new = _chosen(lane.terms)
        same = new.keys() == self._next.keys() and sums.keys() == self._next_sums.keys() and color == self._color
        if same and lane.status.state == TRAINING and lane.step >= self._step:
            weight = NEW_WEIGHT if lane.step > self._step else 0.0
            floor = {FLOOR: sums[FLOOR]} if sums else {}
            new, sums = (_running_means(*means, weight) for means in ((self._next, new), (self._next_sums, sums)))
            sums |= floor
        self._step, self._symbols, self._terms_sum_to_loss = lane.step, objective.symbols(), objective.terms_sum_to_loss
        if not same or (new, sums) != (self._next, self._next_sums):
            self._next, self._next_sums, self._color = new, sums, color
            self._scale = self._scale if same else 0.0
            self._throttle.request(urgent=not same)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._next and not self._next_sums

    def texts(self) -> dict[str, str]:
        """The values that are shown, by symbol."""
        return {self._symbol(name): number_text.short(value, 3) for name, value in (self._terms | self._sums).items()}

    def _symbol(self, name: str) -> str:
        return translate(self._symbols.get(name, name))

    def _show_next(self) -> None:
        resized = (len(self._next), len(self._next_sums)) != (len(self._terms), len(self._sums))
        self._terms, self._sums = self._next, self._next_sums
        largest = max((abs(value) for value in self._terms.values() if math.isfinite(value)), default=0.0)
        self._scale = max(largest, SCALE_DECAY * self._scale)
        if resized:
            self.setVisible(not self.empty)
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, LINE * (len(self._next) + len(self._next_sums)) + self._gap(self._next, self._next_sums))

    def _gap(self, terms: Mapping[str, float], sums: Mapping[str, float]) -> int:
        return RULE if terms and sums else 0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if not self._terms and not self._sums:
            return
        painter = painting.smooth_painter(self)
        c, font = theme.colors(), painting.font(theme.SMALL)
        left = max(painting.width_of(self._symbol(name), font) for name in (*self._terms, *self._sums))
        left, right = min(left, 0.45 * self.width()), painting.width_of("−0.0000", font)
        signed = any(value < 0 for value in self._terms.values())
        for index, (name, value) in enumerate(self._terms.items()):
            line = QRectF(0, index * LINE, self.width(), LINE)
            self._write(painter, line, left, name, value)
            track = QRectF(left + 8, line.center().y() - 2.5, line.width() - left - right - 16, 5)
            self._paint_bar(painter, track, value, signed)
        top = LINE * len(self._terms) + self._gap(self._terms, self._sums)
        if self._gap(self._terms, self._sums):
            painter.fillRect(QRectF(0, top - RULE / 2 - 0.5, self.width(), 1), QColor(c.line))
        for index, (name, value) in enumerate(self._sums.items()):
            self._write(painter, QRectF(0, top + index * LINE, self.width(), LINE), 0.7 * self.width(), name, value)

    def _write(self, painter: QPainter, line: QRectF, left: float, name: str, value: float) -> None:
        c, font = theme.colors(), painting.font(theme.SMALL)
        painting.write(painter, line.adjusted(0, 0, left - line.width(), 0), self._label(name), font, c.soft)
        number = painting.font(theme.SMALL, bold=name == SUM)
        color = c.soft if name == FLOOR else c.text
        painting.write(painter, line, number_text.short(value, 3), number, color, Qt.AlignmentFlag.AlignRight)

    def _label(self, name: str) -> str:
        """The text at the left of a line."""
        if name == SUM:
            return self.tr("loss, their sum") if self._terms_sum_to_loss and len(self._terms) > 1 else self.tr("loss")
        return self.tr("floor: no field can do better") if name == FLOOR else self._symbol(name)

    def _paint_bar(self, painter: QPainter, track: QRectF, value: float, signed: bool) -> None:
        painting.fill_rounded(painter, track, theme.colors().control, 2.5)
        if not (self._scale > 0 and math.isfinite(value)):
            return
        zero = track.center().x() if signed else track.left()
        room = track.width() / 2 if signed else track.width()
        length = room * min(abs(value) / self._scale, 1.0)
        bar = QRectF(zero - length if value < 0 else zero, track.top(), length, track.height())
        painting.fill_rounded(painter, bar, self._color, 2.5)

    def event(self, event: QEvent) -> bool:
        return painting.show_tip(self, event, lambda pixel: self.tooltip_at(pixel.y())) or super().event(event)

    def tooltip_at(self, y: int) -> str:
        """The explanation of the line at pixel `y`."""
        sums = y >= LINE * len(self._terms)
        below = (y - LINE * len(self._terms) - self._gap(self._terms, self._sums)) // LINE
        names = list(self._sums if sums else self._terms)
        index = max(0, below) if sums else y // LINE
        name = names[index] if index < len(names) else ""
        if name == FLOOR:
            return self.tr("The least value that the expected loss has over all fields: that of the true one. "
                           "Estimated to about two percent. Only what is above it can be learned.")  # fmt: skip
        if name == SUM:
            return self.tr("The loss in a mean over the last batches; exactly that of the last batch while training "
                           "is paused. It stays above its floor but for the noise of the batches.")  # fmt: skip
        return self.tr("“{0}”: this term of the loss in a mean over the last batches; while training is paused, of the "
                       "last batch.").format(self._symbol(name)) if name else ""  # fmt: skip


def _running_means(old: Mapping[str, float], new: Mapping[str, float], weight: float) -> dict[str, float]:
    """The running means; after a value that is not finite they begin again."""
    return {
        name: old[name] + weight * (value - old[name]) if math.isfinite(old[name]) and math.isfinite(value) else value
        for name, value in new.items()
    }


def _chosen(terms: Mapping[str, float]) -> dict[str, float]:
    items = list(terms.items())
    if len(items) > MOST:
        items = [items[round(index * (len(items) - 1) / (MOST - 1))] for index in range(MOST)]
    return dict(items)
