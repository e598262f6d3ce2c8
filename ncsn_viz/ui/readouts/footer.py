"""The footer of a lane card: its metrics in one line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.lab.metrics import CHANCE_LEVEL, ERROR, METRICS
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.translate import translate

HEIGHT = 28  # pixels
SPACE = 18  # pixels between metrics
USUAL = "0.000"  # a value as wide as most
MOST_MODES = 4  # whose weights are in the footer


@dataclass(frozen=True)
class MetricText:
    """A metric as text: its label, value and meaning."""

    label: str
    value: str
    meaning: str
    flag: bool = False  # a warning, which is always shown
    room: float = 0.0  # pixels for the value, at least

    def width(self) -> float:
        """Its width in pixels."""
        return self.value_offset() + max(self.room, value_width(self.value))

    def value_offset(self) -> float:
        """The offset of the value in pixels."""
        return painting.width_of(self.label, painting.font(theme.NORMAL)) + (6 if self.label and self.value else 0)


def value_width(value: str) -> float:
    """The width of a value in pixels."""
    return painting.width_of(value, painting.font(theme.NORMAL, bold=True))


def value_text(name: str, value: float, digits: int = 2) -> str:
    """The value of a metric in its format: percent, a σ, or a number in `digits` significant digits."""
    form = METRICS[name].format if name in METRICS else ""
    if form == "sigma":
        return number_text.plain(value)
    return number_text.percent(value) if form == "percent" else number_text.short(value, digits)


def with_error(name: str, values: Mapping[str, float]) -> str:
    """The value of a metric: 3.64 ± 0.02 with its standard error, 0.16 ≤ chance 0.3 where chance alone reaches it."""
    value, error, chance = (values.get(name + each, math.nan) for each in ("", ERROR, CHANCE_LEVEL))
    if value <= chance:
        return translate("{0} ≤ chance {1}").format(value_text(name, value), value_text(name, chance))
    return number_text.with_error(value, error) if math.isfinite(error) else value_text(name, value, 3)


class MetricsFooter(QWidget):
    """Metrics side by side, in order of importance; those that do not fit are left out, except flags on the right.

    Each keeps its place: it has room for its widest value so far, and is a dash where it is not known for a while.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.metrics: tuple[MetricText, ...] = ()
        self._shown: object = None  # the values of which these are the texts
        self._rooms: dict[str, float] = {}  # pixels for the values of metrics that have been shown, by name
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_lane(self, lane: LaneSnapshot) -> None:
        """Show the metrics of `lane`, which are the same in most snapshots."""
        error = lane.field.grid_error if lane.field and lane.from_grid else None
        if (values := (lane.metrics, lane.mode_weights, lane.from_grid, error)) == self._shown:
            return
        self._shown = values
        texts = self._texts(lane)
        if texts != self.metrics:
            self.metrics = texts
            self.update()

    def _texts(self, lane: LaneSnapshot) -> tuple[MetricText, ...]:
        quiet = {name for name, metric in METRICS.items() if metric.quiet_at_zero}
        own = {name for name, metric in METRICS.items() if metric.own_sigma}
        values = {
            name: with_error(name, lane.metrics) if name + ERROR in lane.metrics else value_text(name, value)
            for name, value in lane.metrics.items()
            if not name.endswith((ERROR, CHANCE_LEVEL)) and name not in own and (value > 0 or name not in quiet)
        }
        if 1 < len(lane.mode_weights) <= MOST_MODES:
            values["mode_weights"] = " / ".join(f"{weight:.2f}" for weight in lane.mode_weights)
        if lane.from_grid:
            error = None if lane.field is None else lane.field.grid_error
            values["on_grid"] = "" if error is None else f"± {number_text.short(100 * error)}%"
        flags = {name: values.pop(name) for name, metric in METRICS.items() if metric.flag and name in values}
        self._make_room(values)
        values = {name: values.get(name, number_text.DASH) for name in self._rooms} | flags
        known = [
            MetricText(translate(metric.title), values.pop(name), translate(metric.meaning), metric.flag,
                       self._rooms.get(name, 0.0))
            for name, metric in METRICS.items() if name in values
        ]  # fmt: skip
        others = (MetricText(name.replace("_", " "), value, name) for name, value in values.items())
        return (*known, *others)

    def _make_room(self, values: Mapping[str, str]) -> None:
        """Remember the width of the widest value of each metric; of none where nothing is measured any more."""
        if not values:
            self._rooms.clear()
        for name, value in values.items():
            self._rooms[name] = max(self._rooms.get(name, value_width(USUAL)), value_width(value))

    def fitting(self) -> list[tuple[MetricText, float]]:
        """The metrics that fit, and the x of each."""
        flags = self._flags()
        end = self.width() - theme.PAD - sum(flag.width() + SPACE for flag in flags)
        x, placed = float(theme.PAD), []
        for text in (text for text in self.metrics if not text.flag):
            if x + text.width() > end:
                break
            placed.append((text, x))
            x += text.width() + SPACE
        x = max(self.width() - theme.PAD - sum(flag.width() + SPACE for flag in flags) + SPACE, x if placed else 0.0)
        for flag in flags:
            if x + flag.width() <= self.width():
                placed.append((flag, x))
                x += flag.width() + SPACE
        return placed

    def _flags(self) -> list[MetricText]:
        """The flags; the last ones without their values where the first metric has no room beside them."""
        flags = [text for text in self.metrics if text.flag]
        for index in reversed(range(len(flags))):
            if sum(text.width() + SPACE for text in (*flags, *self.metrics[:1])) <= self.width() - 2 * theme.PAD:
                break
            flags[index] = replace(flags[index], value="")
        return flags

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        c = theme.colors()
        for text, x in self.fitting():
            box = QRectF(x, 0, text.width() + 1, self.height())
            painting.write(painter, box, text.label, painting.font(theme.NORMAL), c.soft)
            box.setLeft(x + text.value_offset())
            painting.write(painter, box, text.value, painting.font(theme.NORMAL, bold=True), c.text)

    def event(self, event: QEvent) -> bool:
        return painting.show_tip(self, event, lambda pixel: self._tip_at(pixel.x())) or super().event(event)

    def _tip_at(self, mouse: int) -> str:
        under = (text.meaning for text, x in self.fitting() if -SPACE / 2 <= mouse - x < text.width() + SPACE / 2)
        return next(under, "")
