"""The noise ladder: the levels that the particles walk down, and where they are."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolTip, QWidget

from ncsn_viz.core.knobs import knobs
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, LetGo
from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.ui.actions import edits, particle_edits
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.controls import fresh_token

LEAST = 0.16  # of the full height, so that the last level is still seen
HANDLE = 16  # pixels to each side of the bars
DECADE = 90  # pixels of a handle's way
ENDS = ("sigma_max", "sigma_min")


class NoiseLadder(QFrame):
    """One bar a level, as high as log σ, and a marker that walks from the first to the last.

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
        self._state: tuple[tuple[float, ...], int, int, float, str] = ((), 0, 0, 0.0, "")
        self._has_ends = False
        self._held: float | None = None  # where the mouse holds the marker
        self._end: tuple[str, float, float, object] | None = None  # the end that is dragged, from which σ and pixel

    def sizeHint(self) -> QSize:
        return QSize(500, theme.STRIP_HEIGHT)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> None:
        """Show where the particles of `lane` are."""
        pixel = round(lane.progress * 2000)  # finer steps would repaint without a visible change
        levels, mark = lane.levels or (lane.sigma,), spec.lanes[index].slot
        state = (levels, lane.level, mark, pixel / 2000, number_text.plain(lane.sigma))
        self._has_ends = set(ENDS) <= set(knobs(spec.lanes[index].sampler))
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
                "sharp. The height of a bar is log σ.\nDrag over the bars, or press ← →: all particles go to that "
                "level and stay until you let go; with Shift those of this lane alone. Drag a handle at either end "
                "up or down: a larger or smaller σ there."
            )
        return self.tr(
            "How far the particles of the chosen lane are on their way. Their sampler stays at one σ, so there is no "
            "level to take them to: choose annealed Langevin or a reverse sampler for a ladder."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._state[0]:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, normal, bold = theme.colors(), painting.font(theme.NORMAL), painting.font(theme.NORMAL, bold=True)
        box, title = self._inside(), self._title()
        painting.dot(painter, box.left() + 5, box.center().y(), theme.lane_color(self._state[2]))
        painting.write(painter, box.adjusted(17, 0, 0, 0), title, normal, c.soft)
        painting.write(painter, box, self.words(), bold, c.text, Qt.AlignmentFlag.AlignRight)
        bars = self.bars()
        if bars.width() > 40:
            self._paint_bars(painter, bars)
            if self._has_ends:
                for end in ENDS:
                    self._paint_handle(painter, self.handle(end))
        if self.hasFocus():
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.end()

    def _inside(self) -> QRectF:
        return QRectF(self.rect()).adjusted(theme.PAD + 2, 8, -theme.PAD - 2, -8)

    def _title(self) -> str:
        return f"{theme.lane_letter(self._state[2])} · " + self.tr("Noise σ")

    def bars(self) -> QRectF:
        """Where the bars stand."""
        # room for the widest text that may come, or the bars would breathe with the digits
        widest = self.tr("σ = {sigma} · level {level}/{levels}").format(sigma="0.0088", level=88, levels=88)
        right = painting.width_of(widest, painting.font(theme.NORMAL, bold=True)) + 12 + HANDLE
        left = 17 + painting.width_of(self._title(), painting.font(theme.NORMAL)) + 10 + HANDLE
        return self._inside().adjusted(left, 0, -right, 0)

    def handle(self, end: str) -> QRectF:
        """Where the handle of an end is."""
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
        x = round(box.left() + box.width() * (progress if self._held is None else self._held))
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

    # -- the hand -----------------------------------------------------------------------------------------------

    def _end_at(self, place: QPointF) -> str:
        if not self._has_ends or self.bars().width() <= 40:
            return ""
        return next((end for end in ENDS if self.handle(end).contains(place)), "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        levels = self._state[0]
        if event.button() != Qt.MouseButton.LeftButton or not levels:
            return
        if end := self._end_at(event.position()):
            sigma = levels[0] if end == ENDS[0] else levels[-1]
            self._end = (end, sigma, event.position().y(), fresh_token())
        elif self.bars().adjusted(0, -8, 0, 8).contains(event.position()):
            if len(levels) > 1:
                self._hold(event)
            else:
                QToolTip.showText(event.globalPosition().toPoint(), self._tip(), self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._end is not None:
            end, sigma, start, token = self._end
            sigma *= 10 ** ((start - event.position().y()) / DECADE)
            edit = partial(particle_edits.with_sampler_end, end=end, sigma=sigma)
            self.edited.emit(edits.for_lane(self._state[2], edit), token)
        elif self._held is not None:
            self._hold(event)
        else:
            over = self._end_at(event.position())
            self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        """Slow motion takes its place in the middle of a drag: the mouse's release would never come here."""
        super().hideEvent(event)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held, self._end = self._held, None, None
        if held is not None:
            self.commanded.emit(LetGo())
            self.update()

    def _hold(self, event: QMouseEvent) -> None:
        bars, levels = self.bars(), self._state[0]
        self._held = min(max((event.position().x() - bars.left()) / bars.width(), 0.0), 1.0)
        level = min(int(self._held * len(levels)), len(levels) - 1)
        self._command_level(levels[level], event.modifiers())
        self.update()

    def _command_level(self, sigma: float, modifiers: Qt.KeyboardModifier) -> None:
        one_lane = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self.commanded.emit(HoldNoiseLevel(sigma, self._state[2] if one_lane else None))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        levels, level, *_ = self._state
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() not in steps or len(levels) < 2:
            super().keyPressEvent(event)
            return
        wanted = min(max(level + steps[Qt.Key(event.key())], 0), len(levels) - 1)
        self._command_level(levels[wanted], event.modifiers())
        self.commanded.emit(LetGo())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def heights(levels: tuple[float, ...]) -> list[float]:
    """The bars' heights in (0, 1], linear in log σ from the least level to the largest."""
    logs = [math.log(max(sigma, 1e-6)) for sigma in levels]
    low, high = min(logs), max(logs)
    if high == low:
        return [1.0] * len(levels)
    return [LEAST + (1 - LEAST) * (value - low) / (high - low) for value in logs]
