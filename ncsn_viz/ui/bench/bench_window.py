"""The real window with its session, and the times of its paints and snapshots; probes measure on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from time import perf_counter

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.target.canvas import Canvas
from ncsn_viz.ui.widgets import theme

RECENT = 64  # snapshots kept
TIMES = 100_000  # times kept
MOVE_INTERVAL = 16  # milliseconds between two moves of the mouse
TIMEOUT = 60.0  # seconds


class PaintRecorder(QObject):
    """Records the `times` (perf_counter) at which each paint of the window, or of one of its widgets, begins."""

    def __init__(self, widget: QWidget, kind: QEvent.Type = QEvent.Type.UpdateRequest) -> None:
        super().__init__(widget)
        self.times: deque[float] = deque(maxlen=TIMES)
        self._kind = kind
        widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == self._kind:
            self.times.append(perf_counter())
        return False


class BenchWindow:
    """An open window that trains. `pictures` are the times at which a Snapshot with new particles was shown."""

    def __init__(self, spec: Spec, device: str) -> None:
        self.session = Session(spec, device)
        self.window = Window(self.session)
        (self.canvas,) = self.window.findChildren(Canvas)
        self.snapshot: Snapshot | None = None
        self.pictures: deque[float] = deque(maxlen=TIMES)
        self.arrivals: deque[tuple[float, Snapshot]] = deque(maxlen=RECENT)
        self.session.snapshotReady.connect(self._on_snapshot)
        self.paints = PaintRecorder(self.window)
        self.canvas_paints = PaintRecorder(self.canvas, QEvent.Type.Paint)
        self.window.show()
        self.session.start()
        wait_until(lambda: self.step > 0)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        """Called after the window's own slot, when its widgets have the snapshot and wait for the paint."""
        now = perf_counter()
        if self.snapshot is None or _moved(self.snapshot, snapshot):
            self.pictures.append(now)
        self.snapshot = snapshot
        self.arrivals.append((now, snapshot))

    @property
    def step(self) -> int:
        """The training step of the first lane."""
        return self.snapshot.lanes[0].step if self.snapshot and self.snapshot.lanes else 0

    def edit(self, **changes: object) -> None:
        """Edit the Spec as the controls of the window do."""
        self.session.edit(lambda spec: replace(spec, **changes))  # type: ignore[arg-type]

    def mouse(self, kind: QEvent.Type, pixel: QPointF, held: bool = False) -> None:
        """Send a mouse event to the canvas."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button, buttons = none if kind == QEvent.Type.MouseMove else left, left if held else none
        keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, pixel, self.canvas.mapToGlobal(pixel), button, buttons, keys)
        QApplication.sendEvent(self.canvas, event)

    @contextmanager
    def moving_mouse(self) -> Iterator[None]:
        """Move the mouse over the canvas sixty times a second, which repaints something in every frame."""
        clock, count = QTimer(self.window), 0

        def move() -> None:
            nonlocal count
            count += 1
            self.mouse(QEvent.Type.MouseMove, QPointF(60 + count % 100, 80 + count % 37))

        clock.setTimerType(Qt.TimerType.PreciseTimer)
        clock.timeout.connect(move)
        clock.start(MOVE_INTERVAL)
        yield
        clock.stop()
        clock.deleteLater()

    def record(self, seconds: float) -> tuple[list[float], list[float]]:
        """The intervals (s) between paints of the window, and between new pictures, during `seconds`."""
        self.paints.times.clear()
        self.pictures.clear()
        self.arrivals.clear()
        wait(seconds)
        return _intervals(self.paints.times), _intervals(self.pictures)

    def time_to_paint(self, act: Callable[[], None]) -> float:
        """Seconds from `act` to the end of the next paint of the canvas. Raises TimeoutError."""
        ended = list[float]()
        self.canvas_paints.times.clear()
        loop, clock = QEventLoop(), QTimer()

        def check() -> None:
            if self.canvas_paints.times:  # the event loop goes on after the paint of the whole window
                ended.append(perf_counter())
                loop.quit()

        clock.timeout.connect(check)
        begin = perf_counter()
        act()
        clock.start(0)
        QTimer.singleShot(round(1e3 * TIMEOUT), loop, loop.quit)
        loop.exec()
        clock.stop()
        if not ended:
            raise TimeoutError("the canvas was not painted")
        return ended[0] - begin

    def time_to_snapshot(self, act: Callable[[], None]) -> float:
        """Seconds from `act`, which edits the target, to the first Snapshot with the new one."""
        self.arrivals.clear()
        begin = perf_counter()
        act()
        target = self.session.spec.target
        wait_until(lambda: any(snapshot.spec.target == target for _, snapshot in self.arrivals))
        return next(when for when, snapshot in self.arrivals if snapshot.spec.target == target) - begin

    def close(self) -> None:
        """Close the window, which ends its worker."""
        self.window.close()
        self.window.deleteLater()


def application() -> QApplication:
    """The QApplication with the theme of the program."""
    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    return app


def wait(seconds: float) -> None:
    """Run Qt's event loop for `seconds`."""
    loop = QEventLoop()
    QTimer.singleShot(round(1e3 * seconds), loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool], seconds: float = TIMEOUT) -> None:
    """Run Qt's event loop until `condition` holds. Raises TimeoutError."""
    loop, clock, end = QEventLoop(), QTimer(), perf_counter() + seconds
    clock.timeout.connect(lambda: loop.quit() if condition() or perf_counter() > end else None)
    clock.start(2)
    loop.exec()
    clock.stop()
    if not condition():
        raise TimeoutError(f"nothing came of it in {seconds:g} s")


def _moved(old: Snapshot, new: Snapshot) -> bool:
    return any(a.particles is not b.particles for a, b in zip(old.lanes, new.lanes, strict=False))


def _intervals(times: Iterable[float]) -> list[float]:
    return [b - a for a, b in pairwise(times)]
