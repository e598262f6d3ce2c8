"""What every row of a form is: it takes a value in and tells of the user's edits; nothing else."""

from __future__ import annotations

import html
import re
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.core.knobs import Knob
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import CommitLineEdit, KnobLabel
from ncsn_viz.ui.widgets.translate import translate

LABEL = 104  # least width of the labels, so that the controls of all forms stand in one line
KnobT = TypeVar("KnobT", bound=Knob)


class Row(QObject, Generic[KnobT]):
    """`changed` carries the new value and the token of the gesture, or None where the edit stands alone."""

    changed = Signal(object, object)

    def __init__(self, name: str, what: KnobT, value: Any, default: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.what, self.value, self.default = name, what, value, default
        self.title = translate(what.label) or name.replace("_", " ").capitalize()
        self.label = KnobLabel(_heading(self.title, what.symbol), parent)
        self.label.setProperty("look", "soft")
        self.label.setMinimumWidth(LABEL)
        self.label.resetAsked.connect(lambda: self._edit(self.default))
        self._build(parent)
        self.label.restyled.connect(self._recolour)
        self._tip = self.tip()
        for widget in self.widgets():
            widget.setToolTip(self._tip)
            if widget is not self.label:
                widget.setAccessibleName(self.title)
                widget.setAccessibleDescription(translate(what.help))
        self._show()

    def _recolour(self) -> None:
        """Words with colours of their own, in those of the present scheme."""
        heading, tip = _heading(self.title, self.what.symbol), self.tip()
        if (heading, tip) == (self.label.text(), self._tip):
            return
        self._tip = tip
        self.label.setText(heading)
        for widget in self.widgets():
            if isinstance(widget, CommitLineEdit):
                widget.set_tip(tip)
            else:
                widget.setToolTip(tip)

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
        lines = [head, html.escape(translate(what.help))]
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


def _subscript(symbol: str) -> str:
    return re.sub(r"_(\w)", r"<sub>\1</sub>", html.escape(symbol))


def _heading(title: str, symbol: str) -> str:
    if not symbol:
        return html.escape(title)
    return f"{html.escape(title)} <span style='color:{theme.colors().faint}'>{_subscript(symbol)}</span>"
