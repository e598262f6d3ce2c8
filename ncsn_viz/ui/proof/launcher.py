"""The way to the proof: one dialog at a time, and its checks are loaded when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from ncsn_viz.ui.proof.dialog import ProofDialog


class ProofLauncher(QObject):
    """Opens the proof over a window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.proof: ProofDialog | None = None

    @Slot()
    def prove(self) -> None:
        """Begin the proof, or bring the one that runs to the front."""
        if self.proof is None:
            from ncsn_viz.ui.proof.dialog import ProofDialog  # all checks: the first paint does not wait for them

            self.proof = ProofDialog(self._window)
            self.proof.finished.connect(self._proved)
            self.proof.show()
        self.proof.raise_()

    def close(self) -> None:
        """Break off the proof if there is one."""
        if self.proof is not None:
            self.proof.close()

    @Slot()
    def _proved(self) -> None:
        if self.proof is not None:
            self.proof.deleteLater()
        self.proof = None
