"""The choice of the noise level at which the table compares the score errors of all lanes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.controls import Combo, Label, flush
from ncsn_viz.ui.widgets.translate import plain

OFFERED = (0.0, 0.1, 0.3, 1.0, 3.0)  # beside the levels of the lanes
Choice = tuple[tuple[float, ...], bool]  # View.error_sigma and View.own_errors


class ErrorSigma(QWidget):
    """A menu of noise levels. `edited` carries an Edit and None."""

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: list[Choice] = []
        self.menu = Combo(self)
        self.menu.setMinimumContentsLength(18)
        self.menu.activated.connect(self._choose)
        self.setToolTip(plain(self.tr(
            "Errors compare at one noise level only: what is blurred is easier to learn. At first it is the largest of "
            "the lanes' least σ. A lane that has not learned the chosen one answers for its nearest.")))  # fmt: skip
        label = Label(self.tr("Score errors at"))
        label.setBuddy(self.menu)
        self.menu.setToolTip(self.toolTip())
        self.menu.setAccessibleName(label.text())
        row = flush(QHBoxLayout(self), 6)
        row.addWidget(label)
        row.addWidget(self.menu)

    def show_spec(self, spec: Spec) -> None:
        """Offer what suits the lanes of `spec`, and show what is chosen."""
        view = spec.view
        chosen: Choice = (() if view.own_errors else view.error_sigma, view.own_errors)
        least = {lane.objective.sigmas()[-1] for lane in spec.lanes}
        levels = sorted({*OFFERED, *least, *view.error_sigma})
        choices: list[Choice] = [((), False), *(((sigma,), False) for sigma in levels), ((), True)]
        texts = [self._text(choice, max(least)) for choice in choices]
        if texts != [self.menu.itemText(index) for index in range(self.menu.count())]:
            self.menu.clear()
            self.menu.addItems(texts)
        self.choices = choices
        self.menu.setCurrentIndex(choices.index(chosen))

    def _text(self, choice: Choice, default: float) -> str:
        sigma, own = choice
        if own:
            return self.tr("each lane's own σ")
        if not sigma:
            return self.tr("σ = {0}, for all").format(number_text.plain(default))
        return self.tr("σ = {0}").format(number_text.plain(sigma[0]))

    def _choose(self, index: int) -> None:
        sigma, own = self.choices[index]
        self.edited.emit(partial(edits.view, error_sigma=sigma, own_errors=own), None)
