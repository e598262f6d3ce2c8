"""The noise ladder: the levels that the particles walk down, and where they are."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.lab.spec import Spec
from ncsn_viz.ui import theme
from ncsn_viz.ui.views import paint

HEIGHT = 46
LEAST = 0.16  # of the full height, so that the last level is still seen


class Ladder(QFrame):
    """One bar a level, as high as log σ, and a marker that walks from the first to the last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self._state: tuple[tuple[float, ...], int, int, float, str] = ((), 0, 0, 0.0, "")

    def sizeHint(self) -> QSize:
        return QSize(500, HEIGHT)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> None:
        """Show where the particles of `lane` are."""
        pixel = round(lane.progress * 2000)  # finer steps would repaint without a visible change
        levels, mark = lane.levels or (lane.sigma,), spec.lanes[index].mark
        state = (levels, lane.level, mark, pixel / 2000, paint.plain(lane.sigma))
        if state != self._state:
            self._state = state
            self.setToolTip(self._tip())
            self.update()

    def words(self) -> str:
        """What stands on the right."""
        levels, level, _, progress, sigma = self._state
        if len(levels) > 1:
            return self.tr("σ = {sigma} · level {level}/{levels}").format(
                sigma=sigma, level=level + 1, levels=len(levels)
            )
        return self.tr("σ = {sigma} · {percent} %").format(sigma=sigma, percent=round(100 * progress))

    def _tip(self) -> str:
        levels = self._state[0]
        if len(levels) > 1:
            return self.tr(
                "The noise levels that the particles of the chosen lane walk down, from far-reaching to "
                "sharp. The height of a bar is log σ."
            )
        return self.tr("How far the particles of the chosen lane are on their way. Their sampler stays at one σ.")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._state[0]:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, normal, bold = theme.colors(), paint.font(theme.NORMAL), paint.font(theme.NORMAL, bold=True)
        box = QRectF(self.rect()).adjusted(theme.PAD + 2, 8, -theme.PAD - 2, -8)
        title = f"{paint.letter(self._state[2])} · " + self.tr("Noise σ")
        paint.dot(painter, box.left() + 5, box.center().y(), theme.lane_color(self._state[2]))
        paint.write(painter, box.adjusted(17, 0, 0, 0), title, normal, c.soft)
        paint.write(painter, box, self.words(), bold, c.text, Qt.AlignmentFlag.AlignRight)
        # room for the widest text that may come, or the bars would breathe with the digits
        right = paint.width_of(self.tr("σ = {sigma} · level {level}/{levels}").format(
            sigma="0.0088", level=88, levels=88), bold)  # fmt: skip
        bars = box.adjusted(17 + paint.width_of(title, normal) + 16, 0, -right - 12, 0)
        if bars.width() > 40:
            self._paint_bars(painter, bars)
        painter.end()

    def _paint_bars(self, painter: QPainter, box: QRectF) -> None:
        levels, _, index, progress, _ = self._state
        accent = QColor(theme.lane_color(index))
        painter.setPen(Qt.PenStyle.NoPen)
        if len(levels) > 1:
            self._paint_levels(painter, box, accent)
        else:
            track = QRectF(box.left(), box.center().y() - 4, box.width(), 8)
            painter.setBrush(QColor(theme.colors().control))
            painter.drawRoundedRect(track, 4, 4)
            track.setWidth(max(8.0, box.width() * progress))
            painter.setBrush(accent)
            painter.drawRoundedRect(track, 4, 4)
            return
        x = round(box.left() + box.width() * progress)
        painter.setBrush(QColor(theme.colors().text))
        painter.drawRoundedRect(QRectF(x - 1, box.top() - 3, 2, box.height() + 6), 1, 1)

    def _paint_levels(self, painter: QPainter, box: QRectF, accent: QColor) -> None:
        levels, level, *_ = self._state
        each = box.width() / len(levels)
        gap = 3.0 if each > 8 else min(1.0, each / 4)
        passed = QColor(accent)
        passed.setAlpha(110)
        for number, share in enumerate(heights(levels)):
            height = box.height() * share
            bar = QRectF(box.left() + number * each, box.bottom() - height, each - gap, height)
            ahead = QColor(theme.colors().hover)
            painter.setBrush(accent if number == level else passed if number < level else ahead)
            painter.drawRoundedRect(bar, min(2.0, each / 4), min(2.0, each / 4))


def heights(levels: tuple[float, ...]) -> list[float]:
    """The bars' heights in (0, 1], linear in log σ from the least level to the largest."""
    logs = [math.log(max(sigma, 1e-6)) for sigma in levels]
    low, high = min(logs), max(logs)
    if high == low:
        return [1.0] * len(levels)
    return [LEAST + (1 - LEAST) * (value - low) / (high - low) for value in logs]
