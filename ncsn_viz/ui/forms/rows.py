"""One row of a form for each sort of knob."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.core.knobs import Choice, Integer, Knob, Numbers, Real, Switch, Text, ValidationError
from ncsn_viz.ui.forms import slider_scale
from ncsn_viz.ui.forms.row import Row
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.controls import Combo, CommitLineEdit, Slider, Toggle
from ncsn_viz.ui.widgets.translate import translate

FIELD, AROUND = 54, 16  # least width of a number's field, and what it needs beside its text


class NumberRow(Row[Real | Integer]):
    """A slider and a field."""

    def _build(self, parent: QWidget) -> None:
        self.slider = Slider(slider_scale.POSITIONS, parent)
        self.slider.setVisible(slider_scale.has_slider(self.what))
        self.field = CommitLineEdit(parent)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.set_tip(self.tip())
        self.slider.slid.connect(self._slide)
        self.slider.settled.connect(self.reset)
        self.field.committed.connect(self._type)

    def widgets(self) -> list[QWidget]:
        return [self.label, self.slider, self.field]

    def place(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.label, row, 0)
        if slider_scale.has_slider(self.what):
            self.field.setFixedWidth(self._room())
            grid.addWidget(self.slider, row, 1)
            grid.addWidget(self.field, row, 2, Qt.AlignmentFlag.AlignRight)
        else:
            grid.addWidget(self.field, row, 1, 1, 2)

    def _room(self) -> int:
        """The width that the field needs whatever is chosen: a million is no narrower than it is."""
        if not isinstance(self.what, Integer):
            return FIELD
        return max(
            FIELD, round(self.field.fontMetrics().horizontalAdvance(number_text.input_text(self.what.high))) + AROUND
        )

    def _show(self) -> None:
        self.field.show_text(number_text.input_text(self.value))
        if not self.slider.isSliderDown():  # it stays under the mouse even where the value does not follow
            self.slider.setValue(slider_scale.position_of(self.what, self.value))

    def complain(self, sentence: str) -> None:
        self.field.complain(sentence, loudly=True)

    def _slide(self, position: int, token: object) -> None:
        if position != slider_scale.position_of(self.what, self.value):
            self._edit(slider_scale.value_at(self.what, position), token)  # type: ignore[arg-type]

    def _type(self, text: str) -> None:
        try:
            value = self._read(number_text.parse_number(text))
        except ValidationError as error:
            self.field.complain(f"{self.title} {error.message}.", loudly=True)
            return
        self._edit(value)
        self._show()

    def _facts(self) -> list[str]:
        what = self.what
        facts = [f"{number_text.input_text(what.low)} … {number_text.input_text(what.high)}"]
        if what.unit:
            facts[0] += f" {translate(what.unit)}"
        return [*facts, self.tr("default {value}").format(value=number_text.input_text(self.default))]


class ChoiceRow(Row[Choice]):
    """A combo box."""

    def _build(self, parent: QWidget) -> None:
        self.combo = Combo(parent)
        self.combo.addItems([translate(title) for title in self.what.titles or self.what.options])
        self.combo.activated.connect(lambda index: self._edit(self.what.options[index]))

    def widgets(self) -> list[QWidget]:
        return [self.label, self.combo]

    def _show(self) -> None:
        self.combo.setCurrentIndex(self.what.options.index(self.value))


class SwitchRow(Row[Switch]):
    """A switch with its words; it is its own label."""

    def _build(self, parent: QWidget) -> None:
        self.label.hide()
        self.toggle = Toggle(self.title, parent)
        self.toggle.clicked.connect(self._edit)

    def widgets(self) -> list[QWidget]:
        return [self.toggle]

    def place(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.toggle, row, 0, 1, 3)

    def _show(self) -> None:
        self.toggle.setChecked(self.value)


class TextRow(Row[Text]):
    """A line of text."""

    def _build(self, parent: QWidget) -> None:
        self.field = CommitLineEdit(parent)
        self.field.set_tip(self.tip())
        self.field.committed.connect(self._type)

    def widgets(self) -> list[QWidget]:
        return [self.label, self.field]

    def _show(self) -> None:
        self.field.show_text(self._text())

    def complain(self, sentence: str) -> None:
        self.field.complain(sentence, loudly=True)

    def _text(self) -> str:
        return str(self.value)

    def _parse(self, text: str) -> Any:
        return self._read(text)

    def _type(self, text: str) -> None:
        try:
            value = self._parse(text)
        except ValidationError as error:
            self.complain(f"{self.title} {error.message}.")
            return
        self.field.complain("")
        if value == self.value:
            self._show()
        else:
            self._edit(value)


class NumbersRow(TextRow):
    """A short list: `0.2, 0.8`, or rows as `-5, -5; 5, 5`."""

    what: Numbers  # type: ignore[assignment]

    def _text(self) -> str:
        return number_text.list_text(self.what, self.value)

    def _parse(self, text: str) -> Any:
        return self._read(number_text.parse_list(self.what, text))

    def _facts(self) -> list[str]:
        between = f"{number_text.input_text(self.what.low)} … {number_text.input_text(self.what.high)}"
        part = self.tr("x, y; x, y; …") if self.what.width else self.tr("parted by commas")
        return [part, between]


ROWS: dict[type[Knob], type[Row[Any]]] = {
    Real: NumberRow,
    Integer: NumberRow,
    Choice: ChoiceRow,
    Switch: SwitchRow,
    Text: TextRow,
    Numbers: NumbersRow,
}
