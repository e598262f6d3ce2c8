"""The base of panels that edit a Spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.ui.forms.form import Form, KindForm, error_sentence
from ncsn_viz.ui.forms.section import Section


class Editor(QWidget):
    """Shows a Spec. `edited` carries a new one, and the token of the gesture (see Form) or None.

    An edit that violates a constraint of the Spec is undone, and its section shows the error.
    """

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = Spec()

    def show_all(self) -> None:
        """Show `spec` in every part."""
        raise NotImplementedError

    def wire(self, section: Section, form: Form | KindForm, change: Callable[[Spec, Any], Spec]) -> None:
        """Let edits of `form` in `section` change the Spec by `change(spec, settings)`."""
        form.edited.connect(lambda settings, token: self.try_edit(section, lambda: change(self.spec, settings), token))

    def try_edit(self, section: Section, make: Callable[[], Spec], token: object = None) -> bool:
        """Emit the Spec that `make` returns, or show its ValidationError in `section`; whether it was valid."""
        try:
            spec = make()
        except ValidationError as error:
            section.show_error(error_sentence(error, {}))
            self.show_all()
            return False
        section.clear_error()
        if spec != self.spec:
            self.spec = spec
            self.edited.emit(spec, token)
        return True
