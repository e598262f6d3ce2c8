"""Sweep this: makes a sweep file from the present experiment, with one or two knobs and some seeds."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QSpinBox, QWidget

from ncsn_viz.core.knobs import ValidationError, to_json
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.sweep.planning import SEED, spec_with
from ncsn_viz.ui.sweep.choices import VariedChoice, choices, parse_values
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Combo, Label, PlainLineEdit, Toggle
from ncsn_viz.ui.widgets.translate import plain, translate

WIDTH = 640  # pixels
NAME = 24  # letters of a knob that are seen
CHECKED = 50  # values that are checked at once; all are when the file is written
MOST_SEEDS, MOST_STEPS = 1000, 10_000_000
OF_FIELD = ("fisher_common", "fisher_data", "fisher_window", "loss")
OF_PARTICLES = ("sliced_w2", "mmd", "lost")


class SweepDialog(QDialog):
    """`made` carries the data of a sweep file after “Save”."""

    made = Signal(object)

    def __init__(self, spec: Spec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Sweep this experiment"))
        self.setModal(True)
        self._spec = spec
        found = choices(spec)
        self.knobs = [self._knob_menu(found, optional=False), self._knob_menu(found, optional=True)]
        self.values = [PlainLineEdit(), PlainLineEdit()]
        self.seeds, self.steps = self._number(10, MOST_SEEDS), self._number(2000, MOST_STEPS)
        self.particles = Toggle(self.tr("Measure the particles, too"))
        self.particles.setToolTip(plain(self.tr("They are moved to the end of their sampler in every run, and compared "
                                                "with the target: that may take longer than training.")))  # fmt: skip
        self.count, self.error = theme.styled(Label(), "soft"), theme.styled(Label(), "bad")
        self.error.setWordWrap(True)
        self.save = theme.styled(QPushButton(self.tr("Save the sweep …")), "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._accept)
        self._lay_out()
        for row, (menu, line) in enumerate(zip(self.knobs, self.values, strict=True)):
            menu.currentIndexChanged.connect(lambda _, row=row: self._suggest(row))
            line.textChanged.connect(self._show)
            line.setAccessibleName(self.tr("Values of knob {0}").format(row + 1))
            self._suggest(row)

    def data(self) -> dict[str, Any]:
        """The sweep that is set now, as JSON. Raises ValidationError."""
        vary: dict[str, Any] = {}
        for menu, line in zip(self.knobs, self.values, strict=True):
            choice: VariedChoice | None = menu.currentData()
            if choice is not None:
                try:
                    vary[choice.path] = parse_values(line.text())
                    for value in vary[choice.path][:CHECKED]:
                        spec_with(self._spec, {choice.path: value})
                except ValidationError as error:
                    raise error if error.path else ValidationError(f"{menu.currentText()}: {error}") from None
        first = self._spec.seed
        vary[SEED] = {"range": [first, first + self.seeds.value()]}
        metrics = [*OF_FIELD, *(OF_PARTICLES if self.particles.isChecked() else ())]
        return {"experiment": to_json(self._spec), "vary": vary, "steps": self.steps.value(), "metrics": metrics}

    def show_error(self, sentence: str) -> None:
        """Show why the sweep cannot be made."""
        self.error.setText(sentence)

    def _knob_menu(self, found: list[VariedChoice], optional: bool) -> Combo:
        menu = Combo()
        menu.setAccessibleName(self.tr("Second knob") if optional else self.tr("Knob"))
        menu.setMinimumContentsLength(NAME)
        if optional:
            menu.addItem(self.tr("no second one"), None)
        several = len(self._spec.lanes) > 1
        for choice in found:
            title = ": ".join(map(translate, choice.title.split(": ")))
            menu.addItem(f"{choice.lane} · {title}" if choice.lane and several else title, choice)
        return menu

    def _number(self, value: int, most: int) -> QSpinBox:
        box = QSpinBox(minimum=1, maximum=most, value=value)
        box.setGroupSeparatorShown(True)
        box.valueChanged.connect(self._show)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setSpacing(theme.PAD)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 2)
        about = theme.styled(Label(self.tr(
            "The present experiment once for every value and every seed. The file is run by `ncsn-viz sweep`, on the "
            "cores of this machine or on a cluster."
        )), "soft")  # fmt: skip
        about.setWordWrap(True)
        for label in (about, self.error):  # a layout does not ask how high a text is in lines
            label.setFixedWidth(WIDTH)
            label.setMinimumHeight(2 * label.fontMetrics().lineSpacing())
        grid.setSizeConstraint(QGridLayout.SizeConstraint.SetFixedSize)
        grid.addWidget(about, 0, 0, 1, 3)
        for row, title in enumerate((self.tr("Vary"), self.tr("and")), 1):
            grid.addWidget(Label(title), row, 0)
            grid.addWidget(self.knobs[row - 1], row, 1)
            grid.addWidget(self.values[row - 1], row, 2)
        for row, (title, box) in enumerate(((self.tr("Seeds"), self.seeds), (self.tr("Steps"), self.steps)), 3):
            grid.addWidget(Label(title), row, 0)
            grid.addWidget(box, row, 1)
            box.setAccessibleName(title)
        grid.addWidget(self.particles, 5, 0, 1, 2)
        grid.addWidget(self.error, 6, 0, 1, 3)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        for button in (cancel, self.save):
            foot.addWidget(button)
        grid.addLayout(foot, 7, 0, 1, 3)

    def _suggest(self, row: int) -> None:
        choice: VariedChoice | None = self.knobs[row].currentData()
        self.values[row].setText(choice.text if choice else "")
        self.values[row].setCursorPosition(0)
        self.values[row].setEnabled(choice is not None)
        self._show()

    @Slot()
    def _show(self) -> None:
        """Show how many runs there are, or what is wrong."""
        if not hasattr(self, "save"):
            return
        try:
            vary = self.data()["vary"]
        except ValidationError as error:
            self.count.setText("")
            self.show_error(str(error))
            return
        runs = self.seeds.value()
        for path, values in vary.items():
            runs *= 1 if path == SEED else len(values)
        self.count.setText(self.tr("{0} runs").format(f"{runs:,}"))
        self.show_error("")

    @Slot()
    def _accept(self) -> None:
        try:
            self.made.emit(self.data())
        except ValidationError as error:
            self.show_error(str(error))
