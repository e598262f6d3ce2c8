"""A widget that edits a Spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.ui.forms.form import Form, KindForm, sentence
from ncsn_viz.ui.forms.section import Section


class Editor(QWidget):
    """Shows a Spec. `edited` carries a new one, and the token of the gesture (see Form) or None.

    An edit that the Spec refuses is put back, and the section in which it was made says why.
    """

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = Spec()

    def show_all(self) -> None:
        """Bring every part into line with `spec`."""
        raise NotImplementedError

    def wire(self, section: Section, form: Form | KindForm, change: Callable[[Spec, Any], Spec]) -> None:
        """Let an edit of `form` in `section` change the Spec. What the form itself refuses it says beside the field."""
        form.edited.connect(lambda settings, token: self.try_edit(section, lambda: change(self.spec, settings), token))

    def try_edit(self, section: Section, make: Callable[[], Spec], token: object = None) -> bool:
        """Edit, or complain in `section` and put everything back. Whether the Spec was admitted."""
        try:
            spec = make()
        except ValidationError as error:
            section.complain(sentence(error, {}))
            self.show_all()
            return False
        section.calm()
        if spec != self.spec:
            self.spec = spec
            self.edited.emit(spec, token)
        return True
