"""The start of the window: what it shows at first, and what is done after its first paint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import WAITING, LaneSnapshot, Snapshot, Status

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.window import Window

TIMEOUT = 1500  # milliseconds after which it is done without a paint, as for a window that starts minimised


class AfterFirstPaint(QObject):
    """Calls `then` once, after `window` and all that is in it has been painted."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        self._window = window
        window.installEventFilter(self)
        QTimer.singleShot(TIMEOUT, self, self._do)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            # the window paints itself first and its children right after, before Qt's loop continues
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._do)
        return False

    def _do(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
            self.deleteLater()


def show_waiting(window: Window) -> None:
    """Show every lane waiting: this makes the plots, and imports pyqtgraph for them."""
    window.display.show_snapshot(before_torch(window.session.spec, window.tr("Loading torch …")))


def before_torch(spec: Spec, sentence: str) -> Snapshot:
    """The Snapshot that is shown until the worker has published one: every lane, waiting with `sentence`."""
    lanes = tuple(
        LaneSnapshot(lane.name, Status(WAITING, sentence), sigma=sigmas[0], levels=sigmas)
        for lane, sigmas in ((lane, lane.sampler.sigmas()) for lane in spec.lanes)
    )
    return Snapshot(spec, lanes)
