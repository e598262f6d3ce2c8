"""The card of one lane: its header, its plot and its metrics."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.experiment import DIFFERENCES, Spec, map_of
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.map_layers import RECOVERED
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, PAUSED, WAITING, LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.advice.banner import Banner
from ncsn_viz.ui.charts import export
from ncsn_viz.ui.lanes.header import Header
from ncsn_viz.ui.maps.color_bar import ColorBar
from ncsn_viz.ui.maps.color_scale import ColorScale
from ncsn_viz.ui.plots.image_layers import BY_LINES
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.readouts.footer import MetricsFooter
from ncsn_viz.ui.surface.surface import Surface
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.controls import flush
from ncsn_viz.ui.widgets.timers import Throttle
from ncsn_viz.ui.widgets.translate import translate

TEXT_EVERY = 120  # milliseconds between two updates of the texts: numbers that change faster cannot be read
SHIFTS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}  # by how many lanes, with Ctrl
EDGE = 2  # pixels for the border of a chosen card


class LaneCard(QFrame):
    """One lane. `edited` carries an Edit and None, `commanded` a Command, `remedyAsked` a Remedy."""

    edited = Signal(object, object)
    commanded = Signal(object)
    remedyAsked = Signal(object)

    def __init__(self, slot: int, parent: QWidget | None = None) -> None:
        """The card of the lane in `slot`, which determines its colour and letter."""
        super().__init__(parent)
        self.slot = slot
        self.index = slot  # of the lane in the Spec that is shown
        self.color = theme.lane_color(slot)
        self._chosen = False
        self._shown: tuple[LaneSnapshot, Spec] | None = None
        self._state = ""
        self.setProperty("look", "card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header = Header(theme.lane_letter(slot), self.color)
        self.plot = Plot(self.color)
        self.footer = MetricsFooter()
        self.surface = Surface(self.plot, self.color)
        self.banner = Banner(self.plot)
        column = flush(QVBoxLayout(self))
        column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        for part in (self.header, self.plot, self.footer):
            column.addWidget(part, 1 if part is self.plot else 0)
        self._throttle = Throttle(self._show_texts, TEXT_EVERY, self)
        self.plot.pressed.connect(self._choose)
        self.plot.menuAsked.connect(self._choose)
        self.header.pressed.connect(self._focus_and_choose)
        self.header.renamed.connect(lambda name: self._edit(partial(edits.change_lane, name=name)))
        self.banner.remedies.restartAsked.connect(lambda: self.commanded.emit(RestartLane(slot)))
        self.banner.remedies.fixAsked.connect(self.remedyAsked)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int, scale: ColorScale | None = None) -> None:
        """Show `lane`, the one at `index` of `spec`, with its map, if one is shown, on `scale`."""
        self._shown, self.index = (lane, spec), index
        self.header.show_lane(spec.lanes[index].name, spec.lanes[index].group)
        if not self.plot.has_region:
            self.plot.set_region(spec.view.region)
        self.plot.set_home((*spec.window, *spec.window))
        for view in (self.plot, self.surface):
            view.set_coordinates(self._coordinates(lane, spec))
        self._show_field(lane, spec, scale)
        urgent, self._state = lane.status.state != self._state, lane.status.state
        self._throttle.request(urgent)
        self.banner.show_lane(lane, spec, self.index)

    def _coordinates(self, lane: LaneSnapshot, spec: Spec) -> Coordinates:
        """Those of the data, or of the lane's path at its time."""
        own, path = spec.target.coordinates, "path_axes" in spec.layers_of(spec.lanes[self.index])
        alpha = lane.field.alpha if path and lane.field is not None else 1.0
        return Coordinates(alpha * own.scale, alpha * own.x, alpha * own.y)

    def _show_field(self, lane: LaneSnapshot, spec: Spec, scale: ColorScale | None) -> None:
        """Show the plot of the lane, or its surface over it."""
        layers = spec.layers_of(spec.lanes[self.index])
        as_surface = "surface" in layers and lane.step_trace is None  # which is drawn on the plot
        if as_surface == self.surface.isHidden():
            self.surface.setVisible(as_surface)
        (self.surface if as_surface else self.plot).show_lane(lane, layers, self._caption(lane, spec), scale)

    def save_picture(self, suffix: str) -> str:
        """Ask for a path and save what is shown as png or svg. Returns a sentence if that fails, else an empty text."""
        seen = self.plot if self.surface.isHidden() else self.surface
        name = f"lane {theme.lane_letter(self.slot)}"
        return export.save(self, name, suffix, lambda: seen.content(suffix))

    def color_bar(self) -> ColorBar | None:
        """The scale of the map that is shown and its caption; None without a map."""
        layer = self.plot.map if self.surface.isHidden() else self.surface.map
        return None if layer.scale is None else ColorBar(layer.scale, layer.caption())

    def set_chosen(self, chosen: bool) -> None:
        """Mark the card as that of the chosen lane, or not."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def _caption(self, lane: LaneSnapshot, spec: Spec) -> str:
        if lane.field is None:
            return ""
        words = [self.tr("at σ = {sigma}").format(sigma=number_text.plain(lane.field.sigma))]
        if lane.field.time is not None:
            words.append(f"t = {number_text.plain(lane.field.time)}")
        if spec.lanes[self.index].score_from == "true":
            words.insert(0, self.tr("exact score"))
        if (baseline := self._baseline(spec)) is not None:
            words.append(baseline)
        if (heights := self._heights(lane, spec)) is not None:
            words.append(heights)
        if spec.lanes[self.index].own_layers:
            words.append(self.tr("own layers"))
        return " · ".join(words)

    def _heights(self, lane: LaneSnapshot, spec: Spec) -> str | None:
        """How the heights of a surface or of contours were found where the network has only a score, or None."""
        shown = {"surface", "energy"}.intersection(spec.layers_of(spec.lanes[self.index]))
        if lane.field is None or lane.field.own_energy or not shown:
            return None
        return translate(BY_LINES) if lane.field.reference is not None else f"−u, {translate(RECOVERED)}"

    def _baseline(self, spec: Spec) -> str | None:
        """What the map of this lane subtracts, or that it is what others subtract, or None."""
        mine = spec.lanes[self.index]
        if map_of(spec.layers_of(mine)) in DIFFERENCES:
            if spec.lane_index(spec.view.baseline) is None:
                return self.tr("minus the truth")
            return self.tr("minus {0}").format(theme.lane_letter(spec.view.baseline))
        if mine.slot == spec.view.baseline and map_of(spec.view.layers) in DIFFERENCES:
            return self.tr("the one subtracted")
        return None

    def _show_texts(self) -> None:
        if self._shown is None:
            return
        lane, objective = self._shown[0], self._shown[1].lanes[self.index].objective
        title = theme.lane_title(self.slot, lane.name, translate(objective.title))
        first, last = (number_text.plain(objective.sigmas()[end]) for end in (0, -1))
        levels = f"σ {first} → {last}" if len(objective.sigmas()) > 1 else f"σ = {first}"
        self.header.show_texts(title, levels, self._progress(lane), lane.status.state in (DIVERGED, FAILED))
        self.footer.show_lane(lane)
        self.setAccessibleName(self.header.texts[0])

    def _progress(self, lane: LaneSnapshot) -> tuple[str, str]:
        """The number of training steps and their rate, or the state of the lane and the steps."""
        steps = self.tr("1 step") if lane.step == 1 else self.tr("{steps} steps")
        steps = steps.format(steps=number_text.thousands(lane.step))
        words = {PAUSED: self.tr("paused"), WAITING: self.tr("waiting"), DIVERGED: self.tr("diverged")}
        words[FAILED] = self.tr("stopped by an error")
        if lane.status.state in words:
            return words[lane.status.state], steps
        rate = three_digits(lane.steps_per_second)
        return steps, self.tr("{rate}/s").format(rate=number_text.thousands(rate)) if rate else ""

    def _choose(self) -> None:
        self.edited.emit(edits.choose_lane(self.slot), None)

    def _focus_and_choose(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)  # so that keys move the lane that was clicked
        self._choose()

    def _edit(self, edit: edits.LaneEdit) -> None:
        self.edited.emit(edits.for_lane(self.slot, edit), None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._choose()
        self.header.menuAsked.emit(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif key in SHIFTS and control:
            self._edit(partial(edits.shift_lane, by=SHIFTS[Qt.Key(key)]))
        elif key == Qt.Key.Key_F2:
            self.header.rename()
        elif key == Qt.Key.Key_Menu:
            self.header.menuAsked.emit(self.header.mapToGlobal(self.header.rect().bottomLeft()))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._chosen or self.hasFocus():
            painter = painting.smooth_painter(self)
            painter.setPen(QPen(QColor(self.color), 1.6 if self._chosen else 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.8, 0.8, -0.8, -0.8), theme.RADIUS, theme.RADIUS)


def three_digits(number: float) -> float:
    """A rate without the digits that only flicker: 3547 → 3550."""
    unit = 10.0 ** max(len(str(int(abs(number)))) - 3, 0)
    return round(number / unit) * unit
