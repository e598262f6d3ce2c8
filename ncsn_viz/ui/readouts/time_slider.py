"""Time from noise to data: a slider along the trajectories of the particles, a film of them, and those of the flow."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import ShowTime
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.layer_texts import LAYERS
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.controls import Label, Slider
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import plain, translate

HEIGHT = 36  # pixels
POSITIONS = 1000
PICTURE, FILM = 33, 5000  # milliseconds between two pictures of a film, and of a whole film
SWITCHED = ("paths", "flow", "mesh")  # the layers that are switched here


class TimeSlider(QFrame):
    """`edited` carries an Edit and None, `commanded` a Command.

    Moving the slider holds the particles and draws them where they were at that time, in all lanes; nothing is computed
    again. Forward, it draws the data with the noise of that time.
    """

    edited = Signal(object, object)
    commanded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider = Slider(POSITIONS)
        self.slider.setAccessibleName(self.tr("Time"))
        self.slider.setToolTip(plain(self.tr(
            "The trajectories of the particles from their start, on the left, to the end of their sampler. Drag back "
            "and forth: every particle is drawn where it was, without computing anything again. Sample lets them go "
            "on.")))  # fmt: skip
        self.film = self._button(self.tr("Film"), self.tr(
            "Play the trajectories of the particles from the start; forward, play the data dissolving into "
            "noise."))  # fmt: skip
        self.forward = self._button(self.tr("Forward"), self.tr(
            "Draw the data with the noise of that time, x₀ + σz, instead of the particles: what the networks learn to "
            "take back."))  # fmt: skip
        self.layers = {
            name: self._button(translate(LAYERS[name].text), translate(LAYERS[name].hint)) for name in SWITCHED
        }
        self.text = Label()
        self.text.setProperty("look", "soft")
        self.text.setMinimumWidth(self.fontMetrics().horizontalAdvance("step 888/888 · σ = 0.0888") + 4)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PAD + 2, 0, theme.PAD + 2, 0)
        row.setSpacing(6)
        row.addWidget(Label(self.tr("Time")))
        row.addWidget(self.slider, 1)
        row.addWidget(self.text)
        for button in (self.film, self.forward, *self.layers.values()):
            row.addWidget(button)
        self._reached, self._steps, self._samples = 0.0, 1, False
        self._timer = timer(self, PICTURE, self._next_picture)
        self.slider.slid.connect(lambda position, _: self._go_to(position))
        self.slider.sliderPressed.connect(lambda: self.film.setChecked(False))
        self.film.toggled.connect(self._play)
        self.forward.toggled.connect(lambda _: self._go_to(self.slider.value()))
        for name, button in self.layers.items():
            button.clicked.connect(partial(self._toggle, name))

    def _button(self, text: str, tip: str) -> QToolButton:
        button = theme.styled(QToolButton(), "tiny")
        button.setText(text)
        button.setCheckable(True)
        button.setToolTip(plain(tip))
        return button

    def show_spec(self, spec: Spec) -> None:
        """Show which trajectories are drawn; moving particles end a film."""
        for name, button in self.layers.items():
            button.setChecked(name in spec.view.layers)
        self._samples = spec.samples
        if self._samples:
            self.film.setChecked(False)
            with QSignalBlocker(self.forward):
                self.forward.setChecked(False)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> None:
        """Show how far the particles of the lane at `index` are, unless the slider is held."""
        self._reached, self._steps = lane.reached, spec.lanes[index].sampler.num_steps()
        if not self.slider.isSliderDown() and not self.film.isChecked():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(POSITIONS * lane.progress))
        step = number_text.thousands(round(lane.progress * self._steps))
        self.text.setText(self.tr("step {step}/{steps} · σ = {sigma}").format(
            step=step, steps=number_text.thousands(self._steps), sigma=number_text.plain(lane.sigma)))  # fmt: skip

    def _go_to(self, position: int) -> None:
        """Draw the time at a position of the slider."""
        if self._samples:
            self._samples = False
            self.edited.emit(edits.pause_sampling, None)
        self.commanded.emit(ShowTime(position / POSITIONS, self.forward.isChecked()))

    def _toggle(self, layer: str) -> None:
        self.edited.emit(partial(edits.toggle_layer, layer=layer), None)

    # -- film ---------------------------------------------------------------------------------------------------

    def _play(self, on: bool) -> None:
        if not on:
            self._timer.stop()
            return
        start, end = self._ends()
        if self.slider.value() in (end, round(POSITIONS * self._reached)) or self._samples:
            self._show_position(start)
        self._timer.start()

    def _ends(self) -> tuple[int, int]:
        """Where a film begins and ends: from the start to where the particles are, or from the data to noise."""
        return (POSITIONS, 0) if self.forward.isChecked() else (0, round(POSITIONS * self._reached))

    def _next_picture(self) -> None:
        _, end = self._ends()
        step = round(POSITIONS * PICTURE / FILM)
        position = self.slider.value()
        position = max(position - step, end) if self.forward.isChecked() else min(position + step, end)
        self._show_position(position)
        if position == end:
            self.film.setChecked(False)

    def _show_position(self, position: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(position)
        self.slider.update()
        self._go_to(position)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop a film that cannot be seen."""
        super().hideEvent(event)
        self.film.setChecked(False)
