"""The values at the point under the cursor, learned and true side by side."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.snapshot import PointReading, Snapshot
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.timers import Throttle

LINE = 16  # pixels, the height of a line
TOP = 27  # pixels above the first line
LABEL = 44  # pixels for the symbols
SIDE = 11  # pixels on the left and right
HEIGHT = TOP + 8 * LINE + 8  # pixels
INTERVAL = 60  # milliseconds between updates
NOTHING = 5e-5  # numbers below are shown as 0


class ReadoutLine(NamedTuple):
    """A quantity: its symbol, its learned and its true value as text, and its meaning."""

    symbol: str
    learned: str
    true: str
    meaning: str


class CursorReadout(QFrame):
    """A small table of the values of one lane: the one under the mouse, or the chosen one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "foot")
        self.setFixedHeight(HEIGHT)
        self.slot = 0
        self.reading: PointReading | None = None
        self.coordinates = Coordinates()  # of the data, in which the point is shown
        self._next: tuple[int, PointReading | None] = (0, None)
        self._throttle = Throttle(self._show, INTERVAL, self)

    def show_snapshot(self, snapshot: Snapshot, index: int) -> None:
        """Show the values of the lane at `index`."""
        reading = snapshot.lanes[index].point_reading if index < len(snapshot.lanes) else None
        slot = snapshot.spec.lanes[index].slot if index < len(snapshot.spec.lanes) else self.slot
        self.coordinates = snapshot.spec.target.coordinates
        if (slot, reading) == self._next:
            return
        urgent = reading is None or slot != self._next[0]
        self._next = (slot, reading)
        self._throttle.request(urgent=urgent)

    def _show(self) -> None:
        self.slot, self.reading = self._next
        self.setAccessibleDescription("\n".join("  ".join(line[:3]) for line in self.lines()))
        self.update()

    def lines(self) -> list[ReadoutLine]:
        """The lines of the table; none without a point under the cursor."""
        r = self.reading
        if r is None:
            return []
        line = ReadoutLine
        return [
            line("s", _vector(r.score), _vector(r.true_score),
                self.tr("The score ∇ₓ log p(x) at this point: which way, and how steeply, log p rises.")),
            line("s − s*", _difference(r), self._angle(r),
                self.tr("The size of the difference of learned and true score, also in percent of the true one, and "
                        "the angle between the two.")),
            line("Tr ∇s", _number(r.divergence), _number(r.true_divergence),
                self.tr("The divergence ∂₁s₁ + ∂₂s₂: negative where arrows run together, as at a peak.")),
            line("curl s", _number(r.curl), "0",
                self.tr("∂₁s₂ − ∂₂s₁. A true score has none; what a score network has is an error of its own.")),
            self._log_p(r),
            line("E", number_text.DASH if r.energy is None else _number(r.energy), "",
                self.tr("The energy network's output; log p = −E − log Z. A score network has none; the map of its "
                        "energy is −u, u the potential of s: heights of separate modes are not determined.")),
        ]  # fmt: skip

    def _log_p(self, r: PointReading) -> ReadoutLine:
        if r.log_p is None and r.rise is not None and r.true_rise is not None:
            meaning = self.tr("log p(x) − log p(x₀), by an integral of the learned score along the line from the "
                              "marked point x₀.")  # fmt: skip
            return ReadoutLine("log p/p₀", _number(r.rise), _number(r.true_rise), meaning)
        learned = number_text.DASH if r.log_p is None else _number(r.log_p)
        meaning = self.tr("The normalised log density in nats: of an energy network by log Z, a sum over cells that "
                          "are halved until it stands. A score network has none: heights of separate modes are not "
                          "determined by its score. Shift+click in a lane marks a point x₀ from which "
                          "log p(x) − log p(x₀) is integrated.")  # fmt: skip
        return ReadoutLine("log p", learned, _number(r.true_log_p), meaning)

    def _angle(self, r: PointReading) -> str:
        turn = math.atan2(r.score[1], r.score[0]) - math.atan2(r.true_score[1], r.true_score[0])
        degrees = abs(math.degrees(math.remainder(turn, 2 * math.pi)))
        return self.tr("{0}° apart").format(f"{degrees:.0f}" if math.isfinite(degrees) else number_text.DASH)

    def point(self) -> str:
        """The point under the cursor in the data's own coordinates, to a hundredth of a unit of the canvas."""
        if self.reading is None:
            return ""
        scale, decimals = self.coordinates.scale, max(0, 2 - math.floor(math.log10(self.coordinates.scale) + 1e-9))
        own = (scale * at + of for at, of in zip(self.reading.point, self.coordinates.offset, strict=True))
        return f"({', '.join(_fixed(value, decimals) for value in own)})"

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = painting.smooth_painter(self)
        c = theme.colors()
        small, bold = painting.font(theme.SMALL), painting.font(theme.SMALL, bold=True)
        head = QRectF(SIDE, 7, self.width() - 2 * SIDE, 16)
        title = painting.font(theme.SMALL, bold=True)
        title.setLetterSpacing(title.SpacingType.AbsoluteSpacing, 1)
        painting.write(painter, head, self.tr("Under the cursor").upper(), title, c.faint)
        lines = self.lines()
        if not lines:
            self._paint_hint(painter)
            return
        assert self.reading is not None
        letter = theme.lane_letter(self.slot)
        painting.write(painter, head, letter, bold, c.text, Qt.AlignmentFlag.AlignRight)
        painting.dot(painter, head.right() - painting.width_of(letter, bold) - 9, 15, theme.lane_color(self.slot), 4)
        row = self._row(0)
        painting.write(painter, row, "x", small, c.soft)
        sigma = self.tr("at σ = {sigma}").format(sigma=number_text.plain(self.reading.sigma))
        painting.write(painter, row, sigma, small, c.soft, Qt.AlignmentFlag.AlignRight)
        room = row.adjusted(16, 0, -painting.width_of(sigma, small) - 6, 0)
        painting.write(painter, room, self.point(), bold, c.text)
        painting.write(painter, self._cell(1, 0), self.tr("learned"), small, c.faint)
        painting.write(painter, self._cell(1, 1), self.tr("true"), small, c.faint)
        for number, line in enumerate(lines, start=2):
            painting.write(painter, self._row(number), line.symbol, small, c.soft)
            painting.write(painter, self._cell(number, 0), line.learned, bold, c.text)
            painting.write(painter, self._cell(number, 1), line.true, small, c.text)

    def _paint_hint(self, painter: QPainter) -> None:
        hint = self.tr("Move the mouse over a lane: the learned field and the truth are read at that point, exactly "
                       "and not off the picture.")  # fmt: skip
        painter.setFont(painting.font(theme.SMALL))
        painter.setPen(QColor(theme.colors().faint))
        box = QRectF(SIDE, TOP + 3, self.width() - 2 * SIDE, self.height() - TOP - 8)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), hint)

    def _row(self, number: int) -> QRectF:
        return QRectF(SIDE, TOP + number * LINE, self.width() - 2 * SIDE, LINE)

    def _cell(self, number: int, column: int) -> QRectF:
        row = self._row(number)
        each = (row.width() - LABEL) / 2 + 3  # the learned value is bold and wider
        return QRectF(row.left() + LABEL + column * each, row.top(), each - 2, LINE)

    def event(self, event: QEvent) -> bool:
        return painting.show_tip(self, event, lambda pixel: self.tip_at(pixel.y())) or super().event(event)

    def tip_at(self, y: int) -> str:
        """The tool tip at pixel `y`: the meaning of its line."""
        lines, number = self.lines(), (y - TOP) // LINE - 2
        if number == -2 and self.coordinates != Coordinates():
            return self.tr("The point in the coordinates of the imported data. All else is in units of the canvas, to "
                           "which they were fitted: one is {0} of theirs.").format(
                number_text.plain(self.coordinates.scale))  # fmt: skip
        if 0 <= number < len(lines):
            return lines[number].meaning
        return self.tr("The network and the exact truth of the lane under the mouse, asked at that one point, at the "
                       "noise level that is drawn.")  # fmt: skip


def _vector(values: tuple[float, float]) -> str:
    return f"({_number(values[0])}, {_number(values[1])})"


def _number(value: float) -> str:
    """A number with two decimals; a small one, as scores are at large σ, in two significant digits."""
    if abs(value) < 0.1:
        return "0" if abs(value) < NOTHING else number_text.short(value, 2)
    return number_text.short(value, 3) if abs(value) >= 10 else _fixed(value)


def _fixed(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}".replace("-", "−") if math.isfinite(value) else number_text.DASH


def _difference(r: PointReading) -> str:
    size, true_size = math.dist(r.score, r.true_score), math.hypot(*r.true_score)
    percent = f" ({number_text.percent(size / true_size, 0)})" if true_size > 0 and size < 10 * true_size else ""
    return _number(size) + percent
