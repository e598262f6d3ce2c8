"""The rows of a form, one class for each type of knob."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.core.knobs import Choice, Integer, Knob, Numbers, Real, Switch, Text, ValidationError
from ncsn_viz.ui.forms import slider_scale
from ncsn_viz.ui.forms.row import KnobRow, KnobT
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.controls import Combo, CommitLineEdit, Slider, Toggle
from ncsn_viz.ui.widgets.translate import translate

FIELD, FRAME = 54, 16  # pixels: the least width of a number's line edit, and its width beside the text


class FieldRow(KnobRow[KnobT]):
    """A row with a line edit."""

    def _build(self, parent: QWidget) -> None:
        self.field = CommitLineEdit(parent)
        self.field.committed.connect(self._on_typed)

    def show_error(self, message: str) -> None:
        self.field.show_error(message, popup=True)

    def _on_typed(self, text: str) -> None:
        try:
            value = self._parse(text)
        except ValidationError as error:
            self.show_error(f"{self.title} {error.message}.")
        else:
            self._take(value)

    def _parse(self, text: str) -> Any:
        """The value in a text. Raises ValidationError."""
        return self.knob.parse(text)

    def _take(self, value: Any) -> None:
        """Make a typed `value` the present one, and write it in its usual form."""
        self.field.show_error("")
        if value == self.value:
            self._show()
        else:
            self._edit(value)


class NumberRow(FieldRow[Real | Integer]):
    """A slider and a line edit."""

    def _build(self, parent: QWidget) -> None:
        super()._build(parent)
        self.slider = Slider(slider_scale.POSITIONS, parent)
        self.slider.setVisible(slider_scale.has_slider(self.knob))
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider.slid.connect(self._on_slid)
        self.slider.settled.connect(self._show)

    def widgets(self) -> list[QWidget]:
        return [self.label, self.slider, self.field]

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.label, row, 0)
        if slider_scale.has_slider(self.knob):
            self.field.setFixedWidth(self._field_width())
            grid.addWidget(self.slider, row, 1)
            grid.addWidget(self.field, row, 2, Qt.AlignmentFlag.AlignRight)
        else:
            grid.addWidget(self.field, row, 1, 1, 2)

    def _field_width(self) -> int:
        """The width of the line edit, enough for the largest value."""
        if not isinstance(self.knob, Integer):
            return FIELD
        widest = number_text.input_text(self.knob.high)
        return max(FIELD, round(self.field.fontMetrics().horizontalAdvance(widest)) + FRAME)

    def _show(self) -> None:
        self.field.show_text(number_text.input_text(self.value))
        if not self.slider.isSliderDown():  # a slider that is dragged stays under the mouse
            self.slider.setValue(slider_scale.position_of(self.knob, self.value))

    def _on_slid(self, position: int, token: object) -> None:
        if position != slider_scale.position_of(self.knob, self.value):
            self._edit(slider_scale.value_at(self.knob, position), token)  # type: ignore[arg-type]

    def _parse(self, text: str) -> Any:
        return self.knob.parse(number_text.parse_number(text))

    def _take(self, value: Any) -> None:
        self._edit(value)
        self._show()

    def _facts(self) -> list[str]:
        facts = [f"{number_text.input_text(self.knob.low)} … {number_text.input_text(self.knob.high)}"]
        if self.knob.unit:
            facts[0] += f" {translate(self.knob.unit)}"
        return [*facts, self.tr("default {value}").format(value=number_text.input_text(self.default))]


class ChoiceRow(KnobRow[Choice]):
    """A combo box."""

    def _build(self, parent: QWidget) -> None:
        self.combo = Combo(parent)
        self.combo.addItems([translate(title) for title in self.knob.titles or self.knob.options])
        self.combo.activated.connect(lambda index: self._edit(self.knob.options[index]))

    def widgets(self) -> list[QWidget]:
        return [self.label, self.combo]

    def _show(self) -> None:
        self.combo.setCurrentIndex(self.knob.options.index(self.value))


class SwitchRow(KnobRow[Switch]):
    """A switch that contains its label."""

    def _build(self, parent: QWidget) -> None:
        self.label.hide()
        self.toggle = Toggle(self.title, parent)
        self.toggle.clicked.connect(self._edit)

    def widgets(self) -> list[QWidget]:
        return [self.toggle]

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.toggle, row, 0, 1, 3)

    def _show(self) -> None:
        self.toggle.setChecked(self.value)


class TextRow(FieldRow[Text]):
    """A line of text."""

    def widgets(self) -> list[QWidget]:
        return [self.label, self.field]

    def _show(self) -> None:
        self.field.show_text(self._text())

    def _text(self) -> str:
        return str(self.value)


class NumbersRow(TextRow):
    """A short list: `0.2, 0.8`, or rows as `-5, -5; 5, 5`."""

    knob: Numbers  # type: ignore[assignment]

    def _text(self) -> str:
        return number_text.list_text(self.knob, self.value)

    def _parse(self, text: str) -> Any:
        return self.knob.parse(number_text.parse_list(self.knob, text))

    def _facts(self) -> list[str]:
        limits = f"{number_text.input_text(self.knob.low)} … {number_text.input_text(self.knob.high)}"
        syntax = self.tr("x, y; x, y; …") if self.knob.width else self.tr("parted by commas")
        return [syntax, limits]


ROWS: dict[type[Knob], type[KnobRow[Any]]] = {
    Real: NumberRow, Integer: NumberRow, Choice: ChoiceRow, Switch: SwitchRow, Text: TextRow, Numbers: NumbersRow,
}  # fmt: skip
