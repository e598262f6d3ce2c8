"""The card of a race: the samplers that take part, the button that starts it, and its chart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QToolButton, QWidget

from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import RunRace
from ncsn_viz.lab.experiment.view import CONTESTANTS
from ncsn_viz.lab.snapshot import LaneSnapshot, RaceResult
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.charts.card import ChartCard
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.controls import Label, flush
from ncsn_viz.ui.widgets.translate import plain, translate

ROWS = 4  # of ticks
INTERVAL = 200  # milliseconds between updates
TEXTS = {  # of the samplers: a short title, and what it is
    "ddim": ("DDIM", "The probability flow by Euler's steps over geometric noise levels: one score a step."),
    "flow_matching": ("Euler, linear path", "Flow matching's: Euler's steps even in the time of the linear path."),
    "heun": ("Heun", "The probability flow by Heun's steps: two scores a step."),
    "heun_karras": ("Heun, ρ = 7", "Heun's steps over the noise levels of Karras et al. 2022."),
    "dpm_2m": ("DPM-Solver++ 2M", "Second order by the step before: one score a step."),
    "reverse_sde": ("Reverse SDE", "Euler–Maruyama: one score a step, and noise."),
    "predictor_corrector": ("Predictor–corrector", "A reverse step and one Langevin step: two scores."),
    "annealed_langevin": ("Annealed Langevin", "Langevin steps down a ladder of ten levels, and a denoising step."),
}


class RaceCard(ChartCard):
    """The race of the chosen lane. `edited` carries an Edit and None, `commanded` a Command."""

    edited = Signal(object, object)
    commanded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        head = QWidget()
        super().__init__(head, INTERVAL, parent)
        self.title, self.note = theme.styled(Label(), "title"), theme.styled(Label(), "faint")
        self.run = theme.styled(QToolButton(), "tiny")
        self.run.setText(self.tr("Run"))
        self.run.setToolTip(plain(self.tr(
            "Let the ticked samplers go from noise to data, all from the same 2,000 starting points, with 5 to 160 "
            "score evaluations each, on the network as it is now. Their distance is the sliced W₂ to the "
            "target.")))  # fmt: skip
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.PAD, 0, theme.PAD, 0)
        row.addWidget(self.title)
        row.addWidget(self.note, 1, Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.run)
        self.ticks = {name: self._tick(name) for name in CONTESTANTS}
        self._place_ticks()
        self._slot = 0
        self._names: tuple[str, ...] = CONTESTANTS
        self._next: tuple[LaneSpec, RaceResult | None] | None = None
        self._shown: tuple[Any, ...] = ()
        self.run.clicked.connect(self._start)

    def _tick(self, name: str) -> QCheckBox:
        title, about = TEXTS[name]
        tick = QCheckBox(translate(title))
        tick.setToolTip(plain(translate(about)))
        tick.toggled.connect(partial(self._toggle, name))
        return tick

    def _place_ticks(self) -> None:
        """Put them on the left of the chart."""
        grid = flush(QGridLayout(), 4)
        for number, tick in enumerate(self.ticks.values()):
            grid.addWidget(tick, number % ROWS, number // ROWS)
        self.beside.setContentsMargins(theme.PAD, 0, theme.PAD, theme.PAD)
        self.beside.addLayout(grid)
        self.beside.addStretch(1)

    def make_chart(self) -> Any:
        from ncsn_viz.ui.race.chart import RaceChart

        return RaceChart(self)

    def show_spec(self, spec: Spec) -> None:
        """Show which samplers take part."""
        self._names = spec.view.race
        for name, tick in self.ticks.items():
            tick.blockSignals(True)
            tick.setChecked(name in self._names)
            tick.blockSignals(False)

    def show_lanes(self, lanes: Sequence[LaneSnapshot], spec: Spec, chosen: int) -> None:
        """Show the race of the lane at `chosen`."""
        self._slot = spec.lanes[chosen].slot
        self._next = (spec.lanes[chosen], lanes[chosen].race)
        self._throttle.request()

    def _show(self) -> None:
        if self._next is None or (*self._next, theme.colors()) == self._shown:
            return
        lane, result = self._next
        several = len(lane.objective.sigmas()) > 1 or lane.score_from == "true"
        self._shown = (*self._next, theme.colors())
        self.title.setText(self.tr("Race of {0}: sliced W₂ against score evaluations").format(
            theme.lane_title(lane.slot, lane.name)))  # fmt: skip
        self.run.setEnabled(several)
        self.note.setText(self._note(result))
        if result is not None and any(result.points.values()):
            self.chart.show_race(result, {name: translate(TEXTS[name][0]) for name in result.points})
            self.show_chart()
            for name, tick in self.ticks.items():  # the key of the chart
                tick.setIcon(self.chart.icon(name))
        elif several:
            self.show_text(self.tr("Tick samplers and press Run: each gets the same number of score evaluations."))
        else:
            self.show_text(self.tr("This lane learns one noise level: there is no way from noise to data. NCSN or a "
                                   "diffusion objective has one."))  # fmt: skip

    def _note(self, result: RaceResult | None) -> str:
        if result is None:
            return ""
        steps = self.tr("network after {0} steps").format(number_text.thousands(result.step))
        return steps if result.complete else self.tr("{0} · running").format(steps)

    def _toggle(self, name: str, on: bool) -> None:
        names = tuple(each for each in CONTESTANTS if (on if each == name else each in self._names))
        self.edited.emit(partial(edits.view, race=names), None)

    def _start(self) -> None:
        self.commanded.emit(RunRace(self._slot, self._names))
