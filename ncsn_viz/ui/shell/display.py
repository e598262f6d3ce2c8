"""Distributes Specs and Snapshots to the views of the window, and tracks the mouse over the lanes."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.widgets.timers import Throttle

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.session import Session
    from ncsn_viz.ui.shell.window import Window

CURSOR_EVERY = 16  # milliseconds between two points under the mouse
FAR = 9e4  # the largest coordinate at which fields are read
FPS_EVERY = 0.5  # seconds between two values of the frame rate: more often they could not be read


class Display(QObject):
    """Shows every Spec and Snapshot of the session.

    Plots show every Snapshot. What is read (numbers, bars, curves) shows one in turn, so that no frame is late: each
    reader every fifth one. All show it where the lanes or the view are others, and where few come: of what is paused.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._fps = FpsCounter()
        self._readers: tuple[Callable[[Snapshot, int], None], ...] = (
            lambda snapshot, chosen: window.ladder.show_lane(snapshot.lanes[chosen], snapshot.spec, chosen),
            lambda snapshot, chosen: window.time.show_lane(snapshot.lanes[chosen], snapshot.spec, chosen),
            lambda snapshot, chosen: window.bottom_panel.show_snapshot(snapshot, chosen, self._spec),
            lambda snapshot, _: window.lane.show_snapshot(snapshot),
            self._show_under_cursor,
        )
        self._turn = 0  # of the readers
        self._read: object = None  # the lanes and the view that all readers have shown

    @property
    def _spec(self) -> Spec:
        return self._window.session.spec

    @Slot(object)
    def show_spec(self, spec: Spec) -> None:
        """Show the present Spec in every view that edits it."""
        window = self._window
        window.target.show_history(window.session.can_undo, window.session.can_redo)
        for view in (window.toolbar, window.target, window.lane, window.lanes, window.bottom_panel, window.arrangement):
            view.show_spec(spec)
        window.panels.show_strips()
        window.time.show_spec(spec)
        window.slow.show_spec(spec)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a Snapshot, which may be of an older Spec than the present one."""
        window = self._window
        if snapshot.failure:
            text = window.tr("The experiment has stopped. {0}. Change a setting to go on; what was learned is kept.")
            window.notifications.notify(text.format(snapshot.failure.rstrip(".")), lasting=True)
            return
        chosen = edits.lane_index_or(snapshot.spec, self._spec.view.chosen, self._spec.chosen)
        chosen = min(chosen, len(snapshot.lanes) - 1)
        window.lanes.show_snapshot(snapshot, chosen)
        window.slow.show_snapshot(snapshot)
        if fps := self._fps.count():
            window.toolbar.show_device(snapshot.device, fps, snapshot.training_note)
        spec = snapshot.spec
        every = self._read != (spec.lanes, spec.view) or not (spec.trains or spec.samples)
        self._read = spec.lanes, spec.view
        self._turn = (self._turn + 1) % len(self._readers)
        for turn, show in enumerate(self._readers):
            if every or turn == self._turn:
                show(snapshot, chosen)

    def _show_under_cursor(self, snapshot: Snapshot, chosen: int) -> None:
        under = self._window.lanes.under
        self._window.cursor_readout.show_snapshot(snapshot, chosen if under is None else under)


class CursorTracker(QObject):
    """Makes the point of the plane under the mouse the one at which the session reads fields, at most once a frame."""

    def __init__(self, session: Session, lanes: LaneGrid) -> None:
        super().__init__(lanes)
        self._point: tuple[float, float] | None = None
        self._session = session
        self._throttle = Throttle(self._read, CURSOR_EVERY, self)
        lanes.cursorMoved.connect(self.point_at)

    @Slot(object)
    def point_at(self, point: tuple[float, float] | None) -> None:
        """Read at `point`, or nowhere."""
        self._point = None if point is None or max(map(abs, point)) > FAR else point
        self._throttle.request()

    def _read(self) -> None:
        self._session.point_at(self._point)


class FpsCounter:
    """Counts frames from its construction on."""

    def __init__(self) -> None:
        self._count, self._since = 0, perf_counter()

    def count(self) -> float | None:
        """Count a frame; frames a second every FPS_EVERY seconds, else None."""
        self._count += 1
        now = perf_counter()
        if now - self._since < FPS_EVERY:
            return None
        rate = self._count / (now - self._since)
        self._count, self._since = 0, now
        return rate
