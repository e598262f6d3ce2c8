"""The opening of a window: what it shows at first, and what waits until that has been painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import WAITING, LaneSnapshot, Snapshot, Status

NEVER_SEEN = 1500  # milliseconds after which it is done all the same, as for a window that starts minimised


def after_first_paint(window: QWidget, then: Callable[[], None]) -> None:
    """Do `then` once, when the whole of `window` has been painted and is on its way to the screen."""
    _FirstPaint(window, then)


class _FirstPaint(QObject):
    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        self._window = window
        window.installEventFilter(self)
        QTimer.singleShot(NEVER_SEEN, self, self._do)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            # the window paints itself first and all that is in it right after, before Qt's loop goes on
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._do)
        return False

    def _do(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
            self.deleteLater()


def before_torch(spec: Spec, sentence: str) -> Snapshot:
    """What is shown until the worker has something: every lane in its place."""
    lanes = tuple(
        LaneSnapshot(lane.name, Status(WAITING, sentence), sigma=ladder[0], levels=ladder)
        for lane, ladder in ((lane, lane.sampler.sigmas()) for lane in spec.lanes)
    )
    return Snapshot(replace(spec), lanes)
