"""The line of metrics under a lane's plot."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.translate import translate

HEIGHT = 28
SPACE = 18  # between metrics
MOST_MODES = 4  # more weights than this are for the card of mode weights


@dataclass(frozen=True)
class MetricText:
    """A number with its name, and what it means."""

    label: str
    value: str
    meaning: str
    flag: bool = False  # whether it must be seen

    def width(self) -> float:
        """Pixels that it takes."""
        return self.value_at() + painting.width_of(self.value, painting.font(theme.NORMAL, bold=True))

    def value_at(self) -> float:
        """Where the value begins."""
        return painting.width_of(self.label, painting.font(theme.NORMAL)) + (6 if self.label and self.value else 0)


def _known(name: str, value: str) -> MetricText:
    what = METRICS[name]
    title, meaning = (translate(words) for words in (what.title, what.meaning))
    return MetricText(title, value, meaning, what.flag)


def number(name: str, value: float, digits: int = 2) -> str:
    """The value of a metric as its format says, in `digits` significant digits where it is a plain number."""
    form = METRICS[name].format if name in METRICS else ""
    if form == "sigma":
        return number_text.plain(value)
    return percent(value) if form == "percent" else number_text.short(value, digits)


def percent(share: float) -> str:
    """A share as percent, in a tenth of one."""
    return "0%" if share == 0 else f"{max(share, 0.001):.1%}" if math.isfinite(share) else number_text.DASH


class MetricsFooter(QWidget):
    """Metrics side by side, the most important first; those that do not fit are left out, but for flags."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.metrics: tuple[MetricText, ...] = ()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_lane(self, lane: LaneSnapshot) -> None:
        """Show the metrics of `lane`."""
        texts = self._of(lane)
        if texts != self.metrics:
            self.metrics = texts
            self.update()

    def _of(self, lane: LaneSnapshot) -> tuple[MetricText, ...]:
        quiet = {name for name, metric in METRICS.items() if metric.quiet_at_zero}
        values = {name: number(name, value) for name, value in lane.metrics.items() if value > 0 or name not in quiet}
        if 1 < len(lane.mode_weights) <= MOST_MODES:
            values["mode_weights"] = " / ".join(f"{weight:.2f}" for weight in lane.mode_weights)
        if lane.from_grid:
            values["on_grid"] = ""
        known = [_known(name, values.pop(name)) for name in METRICS if name in values]
        return (*known, *(MetricText(name.replace("_", " "), value, name) for name, value in values.items()))

    def fitting(self) -> list[tuple[MetricText, float]]:
        """The metrics that there is room for, and where each begins."""
        flags = [text for text in self.metrics if text.flag]
        room = self.width() - theme.PAD - sum(flag.width() + SPACE for flag in flags)
        at, placed = float(theme.PAD), []
        for text in (text for text in self.metrics if not text.flag):
            if at + text.width() > room:
                break
            placed.append((text, at))
            at += text.width() + SPACE
        for flag in flags:
            if at + flag.width() <= self.width():
                placed.append((flag, at))
                at += flag.width() + SPACE
        return placed

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        c = theme.colors()
        for text, at in self.fitting():
            box = QRectF(at, 0, text.width() + 1, self.height())
            painting.write(painter, box, text.label, painting.font(theme.NORMAL), c.soft)
            box.setLeft(at + text.value_at())
            painting.write(painter, box, text.value, painting.font(theme.NORMAL, bold=True), c.text)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            x = event.pos().x()
            hit = [m.meaning for m, at in self.fitting() if at - SPACE / 2 <= x < at + m.width() + SPACE / 2]
            QToolTip.showText(event.globalPos(), hit[0] if hit else "", self)
            return True
        return super().event(event)
