"""Opens the dialog of the proof, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from ncsn_viz.ui.proof.dialog import ProofDialog


class ProofLauncher(QObject):
    """Opens the proof over a window; the checks are imported when it is first opened."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.proof: ProofDialog | None = None

    @Slot()
    def prove(self) -> None:
        """Open the dialog, or bring the open one to the front."""
        if self.proof is None:
            from ncsn_viz.ui.proof.dialog import ProofDialog  # imports all checks

            self.proof = ProofDialog(self._window)
            self.proof.finished.connect(self._on_finished)
            self.proof.show()
        self.proof.raise_()

    def close(self) -> None:
        """Close the dialog if it is open."""
        if self.proof is not None:
            self.proof.close()

    @Slot()
    def _on_finished(self) -> None:
        if self.proof is not None:
            self.proof.deleteLater()
        self.proof = None
