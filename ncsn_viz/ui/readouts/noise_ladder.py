"""The noise ladder: the noise levels of the sampler, and the present level of the particles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolTip, QWidget

from ncsn_viz.core.knobs import knobs
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, LetGo
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.controls import fresh_token
from ncsn_viz.ui.widgets.translate import plain

LOWEST = 0.16  # the height of the smallest level by that of the largest
HANDLE = 16  # pixels on each side of the bars
WIDEST_SIGMA = "0.0888"  # where there is one level
DECADE = 90  # pixels of the mouse for a factor of 10
LEAST_WIDTH = 40  # pixels of the bars, below which they are hidden
ENDS = ("sigma_max", "sigma_min")


@dataclass(frozen=True)
class LadderState:
    """What the noise ladder shows of a lane: its levels σ, the index of the present one, and the progress (0 to 1)."""

    levels: tuple[float, ...] = ()
    level: int = 0
    slot: int = 0
    progress: float = 0.0
    sigma: str = ""


class NoiseLadder(QFrame):
    """One bar for each level, as high as log σ, and a marker of the progress from the first to the last.

    Dragging over the bars holds the particles at a level, in all lanes or with Shift in this one: `commanded` carries
    the Command. Dragging a handle at either end up or down changes that end: `edited` carries the Edit and the token of
    the gesture.
    """

    edited = Signal(object, object)
    commanded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.STRIP_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Noise ladder"))
        self._state = LadderState()
        self._has_ends = False
        self._held: float | None = None  # the progress at which the mouse holds the marker
        self._end: tuple[str, float, float, object] | None = None  # a dragged end: its name, σ, pixel and token

    def sizeHint(self) -> QSize:
        return QSize(500, theme.STRIP_HEIGHT)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> None:
        """Show the levels of the lane at `index`, and the present one."""
        progress = round(lane.progress * 2000) / 2000  # finer steps would repaint without a visible change
        levels, slot = lane.levels or (lane.sigma,), spec.lanes[index].slot
        state = LadderState(levels, lane.level, slot, progress, number_text.plain(lane.sigma))
        self._has_ends = set(ENDS) <= set(knobs(spec.lanes[index].sampler))
        if state != self._state:
            self._state = state
            self.setToolTip(plain(self._tip()))
            self.update()

    def text(self) -> str:
        """The text on the right: σ, and the level or the progress."""
        state = self._state
        if len(state.levels) > 1:
            text = self.tr("σ = {sigma} · level {level}/{levels}")
            return text.format(sigma=state.sigma, level=state.level + 1, levels=len(state.levels))
        return f"σ = {state.sigma} · {number_text.percent(state.progress, 0)}"

    def _tip(self) -> str:
        if len(self._state.levels) > 1:
            return self.tr("The noise levels that the particles of the chosen lane walk down, from far-reaching to "
                           "sharp. The height of a bar is log σ.\nDrag over the bars, or press ← →: all particles go "
                           "to that level and stay until you let go; with Shift those of this lane alone. Drag a "
                           "handle at either end up or down: a larger or smaller σ there.")  # fmt: skip
        return self.tr("How far the particles of the chosen lane are on their way. Their sampler stays at one σ, so "
                       "there is no level to take them to: choose annealed Langevin or a reverse sampler for a "
                       "ladder.")  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._state.levels:
            return
        painter = painting.smooth_painter(self)
        c, normal, bold = theme.colors(), painting.font(theme.NORMAL), painting.font(theme.NORMAL, bold=True)
        box, title = self._inside(), self._title()
        painting.dot(painter, box.left() + 5, box.center().y(), theme.lane_color(self._state.slot))
        painting.write(painter, box.adjusted(17, 0, 0, 0), title, normal, c.soft)
        painting.write(painter, box, self.text(), bold, c.text, Qt.AlignmentFlag.AlignRight)
        bars = self.bars()
        if bars.width() > LEAST_WIDTH:
            self._paint_bars(painter, bars)
            if self._has_ends:
                for end in ENDS:
                    self._paint_handle(painter, self.handle(end))
        if self.hasFocus():
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)

    def _inside(self) -> QRectF:
        return QRectF(self.rect()).adjusted(theme.PAD + 2, 8, -theme.PAD - 2, -8)

    def _title(self) -> str:
        return f"{theme.lane_letter(self._state.slot)} · " + self.tr("Noise σ")

    def bars(self) -> QRectF:
        """The rectangle of the bars."""
        # room for the widest text, as the bars would change their width with the digits
        right = painting.width_of(self._widest(), painting.font(theme.NORMAL, bold=True)) + 12 + HANDLE
        left = 17 + painting.width_of(self._title(), painting.font(theme.NORMAL)) + 10 + HANDLE
        return self._inside().adjusted(left, 0, -right, 0)

    def _widest(self) -> str:
        """A text as wide as the widest of all levels: every digit is as wide as an 8."""
        levels = self._state.levels
        if len(levels) < 2:
            return f"σ = {WIDEST_SIGMA} · {number_text.percent(1, 0)}"
        longest = max((number_text.plain(sigma) for sigma in levels), key=len)
        sigma = "".join("8" if each.isdigit() else each for each in longest)
        number = "8" * len(str(len(levels)))
        return self.tr("σ = {sigma} · level {level}/{levels}").format(sigma=sigma, level=number, levels=number)

    def handle(self, end: str) -> QRectF:
        """The rectangle of the handle of an end."""
        bars = self.bars()
        left = bars.left() - HANDLE if end == ENDS[0] else bars.right()
        return QRectF(left, bars.top(), HANDLE, bars.height())

    def _paint_handle(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(QColor(theme.colors().faint), 1.4, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        x, y = box.center().x(), box.center().y()
        for side in (-1, 1):
            tip, foot = y + side * 8, y + side * 4
            painter.drawPolyline([QPointF(x - 3.5, foot), QPointF(x, tip), QPointF(x + 3.5, foot)])

    def _paint_bars(self, painter: QPainter, box: QRectF) -> None:
        state = self._state
        accent = QColor(theme.lane_color(state.slot))
        if len(state.levels) > 1:
            self._paint_levels(painter, box, accent)
            x = round(box.left() + box.width() * (state.progress if self._held is None else self._held))
            marker = QRectF(x - 1, box.top() - 3, 2, box.height() + 6)
            painting.fill_rounded(painter, marker, theme.colors().text, 1)
        else:
            track = QRectF(box.left(), box.center().y() - 4, box.width(), 8)
            painting.fill_rounded(painter, track, theme.colors().control, 4)
            track.setWidth(max(8.0, box.width() * state.progress))
            painting.fill_rounded(painter, track, accent, 4)

    def _paint_levels(self, painter: QPainter, box: QRectF, accent: QColor) -> None:
        levels, level = self._state.levels, self._state.level
        each = box.width() / len(levels)
        gap = 3.0 if each > 8 else min(1.0, each / 4)
        done = QColor(accent)
        done.setAlpha(110)
        for index, share in enumerate(heights(levels)):
            height = box.height() * share
            bar = QRectF(box.left() + index * each, box.bottom() - height, each - gap, height)
            color = accent if index == level else done if index < level else QColor(theme.colors().hover)
            painting.fill_rounded(painter, bar, color, min(2.0, each / 4))

    # -- mouse and keys ------------------------------------------------------------------------------------------

    def _end_at(self, pixel: QPointF) -> str:
        if not self._has_ends or self.bars().width() <= LEAST_WIDTH:
            return ""
        return next((end for end in ENDS if self.handle(end).contains(pixel)), "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        levels = self._state.levels
        if event.button() != Qt.MouseButton.LeftButton or not levels:
            return
        if end := self._end_at(event.position()):
            sigma = levels[0] if end == ENDS[0] else levels[-1]
            self._end = (end, sigma, event.position().y(), fresh_token())
        elif self.bars().adjusted(0, -8, 0, 8).contains(event.position()):
            if len(levels) > 1:
                self._hold(event)
            else:
                QToolTip.showText(event.globalPosition().toPoint(), plain(self._tip()), self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._end is not None:
            end, sigma, start, token = self._end
            sigma *= 10 ** ((start - event.position().y()) / DECADE)
            edit = partial(edits.with_sampler_end, end=end, sigma=sigma)
            self.edited.emit(edits.for_lane(self._state.slot, edit), token)
        elif self._held is not None:
            self._hold(event)
        else:
            over = self._end_at(event.position())
            self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag: when slow motion hides this widget, the release of the mouse does not arrive."""
        super().hideEvent(event)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held, self._end = self._held, None, None
        if held is not None:
            self.commanded.emit(LetGo())
            self.update()

    def _hold(self, event: QMouseEvent) -> None:
        bars, levels = self.bars(), self._state.levels
        self._held = min(max((event.position().x() - bars.left()) / bars.width(), 0.0), 1.0)
        level = min(int(self._held * len(levels)), len(levels) - 1)
        self._command_level(levels[level], event.modifiers())
        self.update()

    def _command_level(self, sigma: float, modifiers: Qt.KeyboardModifier) -> None:
        one_lane = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self.commanded.emit(HoldNoiseLevel(sigma, self._state.slot if one_lane else None))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        levels, level = self._state.levels, self._state.level
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() not in steps or len(levels) < 2:
            super().keyPressEvent(event)
            return
        index = min(max(level + steps[Qt.Key(event.key())], 0), len(levels) - 1)
        self._command_level(levels[index], event.modifiers())
        self.commanded.emit(LetGo())


def heights(levels: tuple[float, ...]) -> list[float]:
    """The heights of the bars in (0, 1], linear in log σ from the smallest to the largest level."""
    logs = [math.log(max(sigma, 1e-6)) for sigma in levels]
    low, high = min(logs), max(logs)
    if high == low:
        return [1.0] * len(levels)
    return [LOWEST + (1 - LOWEST) * (value - low) / (high - low) for value in logs]
