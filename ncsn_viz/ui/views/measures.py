"""The line of measures under a lane's plot."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui import theme
from ncsn_viz.ui.views import paint

HEIGHT = 28
SPACE = 18  # between measures
MOST_MODES = 4  # more weights than this are for the card of mode weights


@dataclass(frozen=True)
class Measure:
    """A number with its name, and what it means."""

    label: str
    value: str
    meaning: str

    def width(self) -> float:
        """Pixels that it takes."""
        return self.value_at() + paint.width_of(self.value, paint.font(theme.NORMAL, bold=True))

    def value_at(self) -> float:
        """Where the value begins."""
        return paint.width_of(self.label, paint.font(theme.NORMAL)) + (6 if self.label and self.value else 0)


class Footer(QWidget):
    """Measures side by side, the most important first; those that do not fit are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measures: tuple[Measure, ...] = ()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_lane(self, lane: LaneSnapshot) -> None:
        """Show the measures of `lane`."""
        measures = self._of(lane)
        if measures != self.measures:
            self.measures = measures
            self.update()

    def _of(self, lane: LaneSnapshot) -> tuple[Measure, ...]:
        found = dict(lane.measures)
        shown = [
            *self._named(found, "fisher_data", self.tr("score error"), self.tr(
                "½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the lane's "
                "least σ. 0 is perfect.")),
            *self._named(found, "sliced_w2", self.tr("sliced W₂"), self.tr(
                "Sliced Wasserstein-2 distance between the particles and fresh samples of the target, in "
                "units of the plane.")),
            *self._modes(lane),
            *self._lost(found.pop("lost", 0.0)),
            *self._named(found, "fisher_window", self.tr("everywhere"), self.tr(
                "½ mean ‖s − s*‖² over the window, every place counting alike: how good the field is where "
                "there are no data.")),
        ]  # fmt: skip
        shown += [Measure(name.replace("_", " "), paint.short(value), name) for name, value in found.items()]
        if lane.from_grid:
            shown.append(Measure(self.tr("on grid"), "", self.tr(
                "So many particles move on a grid of the field, by interpolation: the network itself would "
                "be too slow for them here.")))  # fmt: skip
        return tuple(shown)

    def _named(self, found: dict[str, float], name: str, label: str, meaning: str) -> list[Measure]:
        return [Measure(label, paint.short(found.pop(name)), meaning)] if name in found else []

    def _modes(self, lane: LaneSnapshot) -> list[Measure]:
        if not 1 < len(lane.mode_weights) <= MOST_MODES:
            return []
        weights = " / ".join(f"{weight:.2f}" for weight in lane.mode_weights)
        meaning = self.tr("The share of the particles that each mode of the target has got.")
        return [Measure(self.tr("mode weights"), weights, meaning)]

    def _lost(self, share: float) -> list[Measure]:
        if not share > 0:
            return []
        meaning = self.tr("Particles that have flown off: the step size is probably too large.")
        return [Measure(self.tr("lost"), f"{max(share, 0.001):.1%}", meaning)]

    def fitting(self) -> list[tuple[Measure, float]]:
        """The measures that there is room for, and where each begins."""
        at, placed = float(theme.PAD), []
        for measure in self.measures:
            if at + measure.width() > self.width() - theme.PAD:
                break
            placed.append((measure, at))
            at += measure.width() + SPACE
        return placed

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        c = theme.colors()
        for measure, at in self.fitting():
            box = QRectF(at, 0, measure.width() + 1, self.height())
            paint.write(painter, box, measure.label, paint.font(theme.NORMAL), c.soft)
            box.setLeft(at + measure.value_at())
            paint.write(painter, box, measure.value, paint.font(theme.NORMAL, bold=True), c.text)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            x = event.pos().x()
            hit = [m.meaning for m, at in self.fitting() if at - SPACE / 2 <= x < at + m.width() + SPACE / 2]
            QToolTip.showText(event.globalPos(), hit[0] if hit else "", self)
            return True
        return super().event(event)
