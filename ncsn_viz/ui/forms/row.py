"""The base of all rows of a form: a row shows the value of a knob and emits the user's edits of it."""

from __future__ import annotations

import html
import re
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.core.knobs import Knob
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import CommitLineEdit, Label
from ncsn_viz.ui.widgets.translate import rich, translate

LABEL = 104  # pixels, the least width of labels, so that the controls of all forms are aligned
KnobT = TypeVar("KnobT", bound=Knob)


class KnobLabel(Label):
    """The name of a knob; a double click requests its default."""

    resetRequested = Signal()
    styleChanged = Signal()

    def __init__(self, heading: str, parent: QWidget) -> None:
        """With rich text of ours, for the symbol."""
        super().__init__(heading, parent, textFormat=Qt.TextFormat.RichText)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.styleChanged.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.resetRequested.emit()


class KnobRow(QObject, Generic[KnobT]):
    """A row of a form. `changed` carries the new value and the token of the gesture, or None for a single edit."""

    changed = Signal(object, object)

    def __init__(self, name: str, knob: KnobT, value: Any, default: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.knob, self.value, self.default = name, knob, value, default
        self.title = translate(knob.label) or name.replace("_", " ").capitalize()
        self.label = theme.styled(KnobLabel(_heading(self.title, knob.symbol), parent), "soft")
        self.label.setMinimumWidth(LABEL)
        self.label.resetRequested.connect(lambda: self._edit(self.default))
        self._build(parent)
        self.label.styleChanged.connect(self._recolour)
        self._set_tip(self.tip())
        for widget in self.widgets():
            if widget is not self.label:
                widget.setAccessibleName(self.title)
                widget.setAccessibleDescription(translate(knob.help))
        self._show()

    def _recolour(self) -> None:
        """Update the texts that contain colours of the scheme."""
        heading, tip = _heading(self.title, self.knob.symbol), self.tip()
        if (heading, tip) != (self.label.text(), self._tip):
            self.label.setText(heading)
            self._set_tip(tip)

    def _set_tip(self, tip: str) -> None:
        self._tip = tip
        for widget in self.widgets():
            (widget.set_tip if isinstance(widget, CommitLineEdit) else widget.setToolTip)(tip)

    def _build(self, parent: QWidget) -> None:
        raise NotImplementedError

    def _show(self) -> None:
        """Show `value` in the widgets, in place of what was dragged or typed."""
        raise NotImplementedError

    def widgets(self) -> list[QWidget]:
        """The widgets of the row, from left to right."""
        raise NotImplementedError

    def add_to(self, grid: QGridLayout, row: int) -> None:
        """Put the widgets into a grid of three columns: label, control, field."""
        label, control = self.widgets()
        grid.addWidget(label, row, 0)
        grid.addWidget(control, row, 1, 1, 2)

    def show_value(self, value: Any) -> None:
        """Show a value without emitting `changed`."""
        if value != self.value:
            self.value = value
            self._show()

    def show_error(self, message: str) -> None:
        """Show why the input was refused; an empty message clears it."""

    def tip(self) -> str:
        """The tool tip: name, symbol, help, range, unit and default."""
        symbol = f"&nbsp;&nbsp;<i>{_subscript(self.knob.symbol)}</i>" if self.knob.symbol else ""
        soft = f"<span style='color:{theme.colors().soft}'>{{}}</span>"
        parts = {f"<b>{{}}</b>{symbol}": self.title, "{}": translate(self.knob.help), soft: " · ".join(self._facts())}
        parts = {markup: text for markup, text in parts.items() if text}
        return rich("<br>".join(parts), *parts.values())

    def _facts(self) -> list[str]:
        return []

    def _edit(self, value: Any, token: int | None = None) -> None:
        if value != self.value:
            self.value = value
            self._show()
            self.changed.emit(value, token)


def _subscript(symbol: str) -> str:
    return re.sub(r"_(\w)", r"<sub>\1</sub>", html.escape(symbol))


def _heading(title: str, symbol: str) -> str:
    if not symbol:
        return html.escape(title)
    return f"{html.escape(title)} <span style='color:{theme.colors().faint}'>{_subscript(symbol)}</span>"
