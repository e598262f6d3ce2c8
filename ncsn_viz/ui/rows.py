"""One row of a form for each sort of knob. A row takes a value in and tells of the user's edits; nothing else."""

from __future__ import annotations

import html
import re
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.core.knobs import BadValue, Choice, Knob, Number, Numbers, Switch, Text, Whole
from ncsn_viz.ui import scales, theme
from ncsn_viz.ui.controls import ROW, Combo, Field, KnobLabel, Slider, Toggle

FIELD = 54  # width of a number's field
LABEL = 104  # least width of the labels, so that the controls of all forms stand in one line
KnobT = TypeVar("KnobT", bound=Knob)


def say(text: str) -> str:
    """A text of `core` (a label, a help line, a title) in the user's language."""
    return QCoreApplication.translate("Knob", text) if text else ""


class Row(QObject, Generic[KnobT]):
    """`changed` carries the new value and the token of the gesture, or None where the edit stands alone."""

    changed = Signal(object, object)
    refused = Signal(str)

    def __init__(self, name: str, what: KnobT, value: Any, default: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.what, self.value, self.default = name, what, value, default
        self.title = say(what.label) or name.replace("_", " ").capitalize()
        self.label = KnobLabel(_heading(self.title, what.symbol), parent)
        self.label.setProperty("look", "soft")
        self.label.setMinimumWidth(LABEL)
        self.label.resetAsked.connect(lambda: self._edit(self.default))
        self._build(parent)
        for widget in self.widgets():
            widget.setToolTip(self.tip())
            if widget is not self.label:
                widget.setAccessibleName(self.title)
                widget.setAccessibleDescription(say(what.help))
        self._show()

    def _build(self, parent: QWidget) -> None:
        raise NotImplementedError

    def _show(self) -> None:
        """Bring the widgets into line with `value`."""
        raise NotImplementedError

    def widgets(self) -> list[QWidget]:
        """What the row consists of, from left to right."""
        raise NotImplementedError

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the widgets into a grid of three columns: label, control, field."""
        label, control = self.widgets()
        grid.addWidget(label, row, 0)
        grid.addWidget(control, row, 1, 1, 2)

    def show_value(self, value: Any) -> None:
        """Show a value that comes from outside; tells nobody."""
        if value != self.value:
            self.value = value
            self._show()

    def reset(self) -> None:
        """Show the value again, whatever was dragged or typed meanwhile."""
        self._show()

    def complain(self, sentence: str) -> None:
        """Show why what was entered is not taken."""

    def tip(self) -> str:
        """What hovering says: name, symbol, help, range, unit and default."""
        what = self.what
        head = f"<b>{html.escape(self.title)}</b>"
        if what.symbol:
            head += f"&nbsp;&nbsp;<i>{_subscript(what.symbol)}</i>"
        lines = [head, html.escape(say(what.help))]
        if facts := self._facts():
            soft = theme.colors().soft
            lines.append(f"<span style='color:{soft}'>{html.escape(' · '.join(facts))}</span>")
        return "<qt>" + "<br>".join(filter(None, lines)) + "</qt>"

    def _facts(self) -> list[str]:
        return []

    def _edit(self, value: Any, token: int | None = None) -> None:
        if value != self.value:
            self.value = value
            self._show()
            self.changed.emit(value, token)

    def _read(self, value: Any) -> Any:
        """The value in the knob's own type. Raises BadValue."""
        return self.what.parse(value)


class NumberRow(Row[Number | Whole]):  # type: ignore[type-var]
    """A slider and a field."""

    def _build(self, parent: QWidget) -> None:
        self.slider = Slider(parent)
        self.slider.setVisible(scales.slides(self.what))
        self.field = Field(parent)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.set_tip(self.tip())
        self.slider.slid.connect(self._slide)
        self.slider.settled.connect(self.reset)
        self.field.committed.connect(self._type)

    def widgets(self) -> list[QWidget]:
        return [self.label, self.slider, self.field]

    def place(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.label, row, 0)
        if scales.slides(self.what):
            self.field.setFixedWidth(FIELD)
            grid.addWidget(self.slider, row, 1)
            grid.addWidget(self.field, row, 2)
        else:
            grid.addWidget(self.field, row, 1, 1, 2)

    def _show(self) -> None:
        self.field.show_text(scales.number_text(self.value))
        if not self.slider.isSliderDown():  # it stays under the mouse even where the value does not follow
            self.slider.setValue(scales.position(self.what, self.value))

    def complain(self, sentence: str) -> None:
        self.field.complain(sentence)

    def _slide(self, position: int, token: object) -> None:
        if position != scales.position(self.what, self.value):
            self._edit(scales.slid(self.what, position), token)  # type: ignore[arg-type]

    def _type(self, text: str) -> None:
        try:
            value = self._read(scales.read_number(text))
        except BadValue as error:
            self.field.complain(f"{self.title} {error.message}.", loudly=True)
            return
        self._edit(value)
        self._show()

    def _facts(self) -> list[str]:
        what = self.what
        facts = [f"{scales.number_text(what.low)} … {scales.number_text(what.high)}"]
        if what.unit:
            facts[0] += f" {say(what.unit)}"
        return [*facts, self.tr("default {value}").format(value=scales.number_text(self.default))]


class ChoiceRow(Row[Choice]):
    """A combo box."""

    def _build(self, parent: QWidget) -> None:
        self.combo = Combo(parent)
        self.combo.addItems([say(title) for title in self.what.titles or self.what.options])
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
        self.field = Field(parent)
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
        except BadValue as error:
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
        return scales.list_text(self.what, self.value)

    def _parse(self, text: str) -> Any:
        return self._read(scales.read_list(self.what, text))

    def _facts(self) -> list[str]:
        between = f"{scales.number_text(self.what.low)} … {scales.number_text(self.what.high)}"
        part = self.tr("x, y; x, y; …") if self.what.width else self.tr("parted by commas")
        return [part, between]


ROWS: dict[type[Knob], type[Row[Any]]] = {
    Number: NumberRow,
    Whole: NumberRow,
    Choice: ChoiceRow,
    Switch: SwitchRow,
    Text: TextRow,
    Numbers: NumbersRow,
}


def _subscript(symbol: str) -> str:
    return re.sub(r"_(\w)", r"<sub>\1</sub>", html.escape(symbol))


def _heading(title: str, symbol: str) -> str:
    if not symbol:
        return html.escape(title)
    return f"{html.escape(title)} <span style='color:{theme.colors().faint}'>{_subscript(symbol)}</span>"


__all__ = ["ROW", "ROWS", "Row", "say"]
