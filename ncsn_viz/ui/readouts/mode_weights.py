"""Mode weights: the share of the particles of every lane at each mode, beside the true weight."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.timers import Throttle

MOST = 10  # modes that are shown
INTERVAL = 100  # milliseconds between updates
HEAD, FOOT = 34, 24  # pixels
WIDEST_BAR = 22.0  # pixels


class ModeWeightsCard(QFrame):
    """Grouped bars: a group for each mode, a bar for each lane, and a dashed line for the true weight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setMinimumSize(150, 110)
        self.truth: tuple[float, ...] = ()
        self.slots: tuple[int, ...] = ()
        self.shares: tuple[tuple[float, ...], ...] = ()
        self._next: tuple[tuple[float, ...], tuple[tuple[float, ...], ...], tuple[int, ...]] = ((), (), ())
        self._throttle = Throttle(self._show, INTERVAL, self)

    def sizeHint(self) -> QSize:
        return QSize(260, 190)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the weights of all lanes."""
        truth = snapshot.target.mode_weights if snapshot.target else ()
        shares = tuple(lane.mode_weights for lane in snapshot.lanes)
        self._next = (truth, shares, tuple(lane.slot for lane in snapshot.spec.lanes[: len(shares)]))
        self._throttle.request()

    def _show(self) -> None:
        if self._next != (self.truth, self.shares, self.slots):
            self.truth, self.shares, self.slots = self._next
            self.update()

    def shown(self) -> list[int]:
        """The modes that are drawn: all, or the heaviest, in ascending order."""
        return sorted(sorted(range(len(self.truth)), key=lambda mode: -self.truth[mode])[:MOST])

    def top(self) -> float:
        """The weight at the top of the plot."""
        modes = self.shown()
        shares = [share[mode] for share in self.shares for mode in modes if mode < len(share)]
        values = shares + [self.truth[mode] for mode in modes]
        return 1.12 * max((value for value in values if math.isfinite(value)), default=1.0) or 1.0

    def plot_box(self) -> QRectF:
        """The rectangle of the bars."""
        return QRectF(self.rect()).adjusted(theme.PAD + 4, HEAD, -theme.PAD - 4, -FOOT)

    def group(self, position: int) -> QRectF:
        """The rectangle of the group at `position` among those shown."""
        box, count = self.plot_box(), max(1, len(self.shown()))
        each = box.width() / count
        lanes = max(1, len(self.shares))
        width = min(each * 0.78, lanes * WIDEST_BAR)
        middle = box.left() + (position + 0.5) * each
        return QRectF(middle - width / 2, box.top(), width, box.height())

    def bar(self, position: int, lane: int) -> QRectF:
        """The bar of a lane in the group at `position`; empty if the lane has no such weight."""
        group, mode = self.group(position), self.shown()[position]
        share = self.shares[lane][mode] if mode < len(self.shares[lane]) else 0.0
        height = group.height() * min(max(share, 0.0), 1e3) / self.top() if math.isfinite(share) else 0.0
        each = group.width() / len(self.shares)
        gap = min(2.0, each * 0.15)
        return QRectF(group.left() + lane * each + gap / 2, group.bottom() - height, each - gap, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = painting.smooth_painter(self)
        c = theme.colors()
        head = QRectF(self.rect()).adjusted(theme.PAD, 0, -theme.PAD, 0)
        head.setHeight(HEAD - 2)
        title, bold = self.tr("Mode weights"), painting.font(theme.LARGE, bold=True)
        painting.write(painter, head, title, bold, c.text)
        if not self.truth:
            self._paint_hint(painter)
            return
        right, small = head.adjusted(painting.width_of(title, bold) + 12, 0, 0, 0), painting.font(theme.SMALL)
        if right.width() > painting.width_of(self._note(), small):
            painting.write(painter, right, self._note(), small, c.faint, Qt.AlignmentFlag.AlignRight)
        self._paint_groups(painter)

    def _note(self) -> str:
        if len(self.truth) > MOST:
            return self.tr("heaviest {shown} of {all}").format(shown=MOST, all=len(self.truth))
        return self.tr("dashed: true")

    def _paint_hint(self, painter: QPainter) -> None:
        hint = self.tr("This target has no separate modes to count.")
        painter.setFont(painting.font(theme.NORMAL))
        painter.setPen(QColor(theme.colors().faint))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.plot_box(), int(flags), hint)

    def _paint_groups(self, painter: QPainter) -> None:
        c, small, box = theme.colors(), painting.font(theme.SMALL), self.plot_box()
        painter.fillRect(QRectF(box.left() - 4, box.bottom(), box.width() + 8, 1), QColor(c.line))
        for position, mode in enumerate(self.shown()):
            group = self.group(position)
            for lane in range(len(self.shares)):
                bar = self.bar(position, lane)
                painting.fill_rounded(painter, bar, theme.lane_color(self.slots[lane]), min(1.5, bar.width() / 4))
            self._paint_truth(painter, group, self.truth[mode])
            each = box.width() / len(self.shown())
            label = QRectF(group.center().x() - each / 2, box.bottom() + 4, each, 14)
            text = self.tr("mode {number}").format(number=mode + 1)
            if painting.width_of(text, small) > each - 4:
                text = str(mode + 1)
            painting.write(painter, label, text, small, c.soft, Qt.AlignmentFlag.AlignHCenter)

    def _paint_truth(self, painter: QPainter, group: QRectF, share: float) -> None:
        y = round(group.bottom() - group.height() * share / self.top()) + 0.5
        pen = QPen(QColor(theme.colors().text), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(QLineF(QPointF(group.left() - 4, y), QPointF(group.right() + 4, y)))

    def event(self, event: QEvent) -> bool:
        return painting.show_tip(self, event, lambda pixel: self.tip_at(pixel.x())) or super().event(event)

    def tip_at(self, x: float) -> str:
        """The tool tip at pixel `x`: the weights of its mode."""
        box, modes = self.plot_box(), self.shown()
        position = math.floor((x - box.left()) / box.width() * len(modes)) if modes else -1
        if not 0 <= position < len(modes):
            return ""
        mode = modes[position]
        lines = [self.tr("mode {number}: true {share}").format(number=mode + 1, share=f"{self.truth[mode]:.3f}")]
        lanes = zip(map(theme.lane_letter, self.slots), self.shares, strict=False)
        lines += [f"{letter}  {share[mode]:.3f}" for letter, share in lanes if mode < len(share)]
        return "\n".join(lines)
