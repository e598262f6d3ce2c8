"""The mouse over the lanes: once a picture at most, the worker is asked what is under it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.widgets.throttle import Throttle

EVERY = 16  # milliseconds between two questions
FAR = 9e4  # beyond this nothing is asked


class CursorTracker(QObject):
    """Takes the cursor's place in the plane from the lanes into the session's Spec."""

    def __init__(self, session: Session, lanes: LaneGrid) -> None:
        super().__init__(lanes)
        self._session = session
        self._point: tuple[float, float] | None = None
        self._pace = Throttle(self._ask, EVERY, self)
        lanes.cursorMoved.connect(self.point_at)

    @Slot(object)
    def point_at(self, point: tuple[float, float] | None) -> None:
        """Read at `point`, or no more."""
        self._point = None if point is None or max(map(abs, point)) > FAR else point
        self._pace.request()

    def _ask(self) -> None:
        self._session.point_at(self._point)
