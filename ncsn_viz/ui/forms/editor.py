"""The base of panels that edit a Spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Edit, Spec
from ncsn_viz.ui.forms.form import Form, KindForm, error_sentence
from ncsn_viz.ui.forms.section import Section


class Editor(QWidget):
    """Shows a Spec. `edited` carries an Edit of the present one, and the token of the gesture (see Form) or None.

    Whoever applies the edit shows the new Spec, or calls `refuse` with the error.
    """

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._section: Section | None = None  # in which the last edit was made

    def show_spec(self, spec: Spec) -> None:
        """Show an experiment; emits nothing."""
        raise NotImplementedError

    def wire(self, section: Section, form: Form | KindForm, edit_of: Callable[[Any], Edit]) -> None:
        """Emit `edit_of` the settings of `form`, which is in `section`. What it refuses itself it explains itself."""
        form.edited.connect(lambda settings, token: self.edit(section, edit_of(settings), token))

    def edit(self, section: Section, edit: Edit, token: object = None) -> None:
        """Emit an edit that was made in `section`."""
        self.begin_edit(section)
        self.edited.emit(edit, token)

    def begin_edit(self, section: Section) -> None:
        """From now on `refuse` is about an edit in `section`."""
        self._section = section
        section.clear_error()

    def refuse(self, error: ValidationError, spec: Spec) -> None:
        """Explain in the section of the last edit why it was refused, and show the present `spec` again."""
        if self._section is not None:
            self._section.show_error(error_sentence(error, {}))
        self.show_spec(spec)
