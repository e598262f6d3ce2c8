"""Forms generated from knobs: for settings, and for settings that are one of several kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ncsn_viz.core.knobs import Kind, Settings, ValidationError, carry_over, defaults, knobs
from ncsn_viz.ui.forms.row import KnobRow
from ncsn_viz.ui.forms.rows import ROWS, NumbersRow
from ncsn_viz.ui.widgets.controls import Combo, flush
from ncsn_viz.ui.widgets.translate import rich, translate

GAP = 4  # pixels between rows


class Form(QWidget):
    """A form with one row for each knob of some settings.

    `edited` carries the new settings and the token of the gesture: the same number during one drag, which becomes one
    step of undo, or None for a single edit. `refused` carries the error message of an invalid edit.
    """

    edited = Signal(object, object)
    refused = Signal(str)

    def __init__(
        self,
        settings: Settings,
        parent: QWidget | None = None,
        only: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """A form of the knobs named in `only`, or of those in `labels` under other names, or of all shown ones."""
        super().__init__(parent)
        self.settings: Any = settings  # that are shown
        self._typed: dict[str, Any] = {}  # lists that are valid only together (weights, means and stds of a mixture)
        self.rows: dict[str, KnobRow[Any]] = {}
        grid = flush(QGridLayout(self), GAP)
        grid.setHorizontalSpacing(6)
        grid.setColumnStretch(1, 1)
        first, labels = defaults(type(settings)), labels or {}
        only = only if only is not None else list(labels) or None
        for name, knob in knobs(settings).items():
            included = (knob.shown and not knob.fixed) if only is None else name in only
            if included and type(knob) in ROWS:
                knob = replace(knob, label=labels.get(name, knob.label))  # noqa: PLW2901
                self._add(ROWS[type(knob)](name, knob, getattr(settings, name), first[name], self), grid)

    def _add(self, row: KnobRow[Any], grid: QGridLayout) -> None:
        self.rows[row.name] = row
        row.add_to(grid, len(self.rows))
        row.changed.connect(lambda value, token: self._edit(row, value, token))

    def show_settings(self, settings: Settings) -> None:
        """Show other settings of the same class without emitting `edited`."""
        if settings is self.settings:
            return
        if type(settings) is not type(self.settings):
            raise TypeError(f"a form of {type(self.settings).__name__} cannot show {type(settings).__name__}")
        if settings != self.settings:
            self._typed.clear()
        self.settings = settings
        for name, row in self.rows.items():
            if name not in self._typed:
                row.show_value(getattr(settings, name))

    def _edit(self, row: KnobRow[Any], value: Any, token: int | None) -> None:
        try:
            new = replace(self.settings, **(self._typed | {row.name: value}))
        except ValidationError as error:
            self._refuse(row, value, error_sentence(error, {name: row.title for name, row in self.rows.items()}))
            return
        self._typed.clear()
        self.settings = new
        for other in self.rows.values():
            other.show_error("")
        self.edited.emit(new, token)

    def _refuse(self, row: KnobRow[Any], value: Any, message: str) -> None:
        if isinstance(row, NumbersRow):
            self._typed[row.name] = value
        else:
            row.show_value(getattr(self.settings, row.name))
        row.show_error(message)
        self.refused.emit(message)


class KindForm(QWidget):
    """A menu of kinds and the form of the chosen one. `edited` and `refused` are those of Form.

    A newly chosen kind takes over the values of knobs with equal names that differ from their defaults.
    """

    edited = Signal(object, object)
    refused = Signal(str)

    def __init__(self, kinds: Sequence[type[Kind]], settings: Kind, menu: bool = True) -> None:
        """A form of `settings`; without a `menu` the kind changes only by `show_settings`."""
        super().__init__()
        self._kinds = tuple(kinds)
        self.settings: Any = settings  # that are shown
        self.combo = Combo(self)
        self.combo.setVisible(menu)
        for index, kind in enumerate(self._kinds):
            self.combo.addItem(translate(kind.title))
            self.combo.setItemData(index, rich("{}", translate(kind.about)), Qt.ItemDataRole.ToolTipRole)
        self.combo.activated.connect(self._choose)
        self._column = flush(QVBoxLayout(self), GAP + 2)
        self._column.addWidget(self.combo)
        self.form = self._new_form()

    def insert(self, widget: QWidget) -> None:
        """Put a widget between the menu and the form."""
        self._column.insertWidget(1, widget)

    def show_settings(self, settings: Kind) -> None:
        """Show other settings, of any of the kinds, without emitting `edited`."""
        old, self.settings = self.settings, settings
        if type(old) is type(settings) and type(self.form.settings) is type(settings):
            self.form.show_settings(settings)
            return
        form = self.form
        self._column.removeWidget(form)
        form.hide()
        form.deleteLater()
        self.form = self._new_form()

    def _new_form(self) -> Form:
        kind = type(self.settings)
        self.combo.setCurrentIndex(self._kinds.index(kind))
        self.combo.setToolTip(rich("<b>{}</b><br>{}", translate(kind.title), translate(kind.about)))
        self.combo.setAccessibleName(translate(kind.title))
        form = Form(self.settings, self)
        form.edited.connect(self._edit)
        form.refused.connect(self.refused)
        form.setVisible(bool(form.rows))
        self._column.addWidget(form)
        return form

    def _edit(self, settings: Kind, token: object) -> None:
        self.settings = settings
        self.edited.emit(settings, token)

    def _choose(self, index: int) -> None:
        if self._kinds[index] is not type(self.settings):
            self.show_settings(carry_over(self.settings, self._kinds[index]))
            self.edited.emit(self.settings, None)


def error_sentence(error: ValidationError, titles: dict[str, str]) -> str:
    """An error as a sentence, with the `titles` of knobs in place of their names."""
    subject = titles.get(error.path[-1], "") if error.path else ""
    text = f"{subject} {error.message}".strip()
    for name, title in titles.items():
        if "_" in name:
            text = re.sub(rf"\b{name}\b", f"“{title}”", text)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
