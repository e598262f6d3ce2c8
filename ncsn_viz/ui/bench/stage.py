"""The real window on its session in a process of its own, with stop-watches; probes play on it."""

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
from ncsn_viz.lab.snapshot.snapshot import Snapshot
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.target.canvas import Canvas
from ncsn_viz.ui.widgets import theme

RECENT = 64  # Snapshots kept; more would be a leak of the bench itself
LONG = 100_000  # times kept
NUDGE = 16  # milliseconds between two moves of the mouse
PATIENCE = 60.0  # seconds until something that does not come is given up


class Paints(QObject):
    """When the window, or one widget of it, was painted: `times` at the begin of each paint, by perf_counter."""

    def __init__(self, widget: QWidget, kind: QEvent.Type = QEvent.Type.UpdateRequest) -> None:
        super().__init__(widget)
        self.times: deque[float] = deque(maxlen=LONG)
        self._kind = kind
        widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == self._kind:
            self.times.append(perf_counter())
        return False


class Stage:
    """A window that is open and learning. `pictures` are the times at which a Snapshot with new particles was shown."""

    def __init__(self, spec: Spec, device: str) -> None:
        self.session = Session(spec, device)
        self.window = Window(self.session)
        (self.canvas,) = self.window.findChildren(Canvas)
        self.snapshot: Snapshot | None = None
        self.pictures: deque[float] = deque(maxlen=LONG)
        self.arrivals: deque[tuple[float, Snapshot]] = deque(maxlen=RECENT)
        self.session.snapshotReady.connect(self._arrived)
        self.paints = Paints(self.window)
        self.strokes = Paints(self.canvas, QEvent.Type.Paint)
        self.window.show()
        self.session.start()
        until(lambda: self.step > 0)

    def _arrived(self, snapshot: Snapshot) -> None:
        """Called after the window's own slot, so the picture is in its widgets and waits for the paint."""
        now = perf_counter()
        if self.snapshot is None or _moved(self.snapshot, snapshot):
            self.pictures.append(now)
        self.snapshot = snapshot
        self.arrivals.append((now, snapshot))

    @property
    def step(self) -> int:
        """How many training steps the first lane has done."""
        return self.snapshot.lanes[0].step if self.snapshot and self.snapshot.lanes else 0

    def edit(self, **changes: object) -> None:
        """Change the Spec as the window's controls do."""
        self.session.edit(lambda spec: replace(spec, **changes))  # type: ignore[arg-type]

    def mouse(self, kind: QEvent.Type, place: QPointF, held: bool = False) -> None:
        """A mouse event on the canvas, as Qt delivers them."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QEvent.Type.MouseMove else left
        buttons = left if held else none
        globally = self.canvas.mapToGlobal(place)
        event = QMouseEvent(kind, place, globally, button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.canvas, event)

    @contextmanager
    def nudged(self) -> Iterator[None]:
        """Meanwhile the mouse moves over the canvas, sixty times a second: something to paint in every frame."""
        clock, turn = QTimer(self.window), 0

        def nudge() -> None:
            nonlocal turn
            turn += 1
            self.mouse(QEvent.Type.MouseMove, QPointF(60 + turn % 100, 80 + turn % 37))

        clock.setTimerType(Qt.TimerType.PreciseTimer)
        clock.timeout.connect(nudge)
        clock.start(NUDGE)
        yield
        clock.stop()
        clock.deleteLater()

    def watch(self, seconds: float) -> tuple[list[float], list[float]]:
        """The seconds between two paints of the window, and between two new pictures, over `seconds`."""
        self.paints.times.clear()
        self.pictures.clear()
        self.arrivals.clear()
        rest(seconds)
        return _between(self.paints.times), _between(self.pictures)

    def painted(self, act: Callable[[], None]) -> float:
        """Seconds from `act` to the end of the next paint of the canvas."""
        ended = list[float]()
        self.strokes.times.clear()
        loop, clock = QEventLoop(), QTimer()

        def look() -> None:
            if self.strokes.times:  # the paint of the whole window ends before Qt's loop goes on
                ended.append(perf_counter())
                loop.quit()

        clock.timeout.connect(look)
        begin = perf_counter()
        act()
        clock.start(0)
        QTimer.singleShot(round(1e3 * PATIENCE), loop, loop.quit)
        loop.exec()
        clock.stop()
        if not ended:
            raise TimeoutError("the canvas was not painted")
        return ended[0] - begin

    def answer(self, act: Callable[[], None]) -> float:
        """Seconds from `act`, which edits the target, to the first Snapshot that has the new one."""
        self.arrivals.clear()
        begin = perf_counter()
        act()
        target = self.session.spec.target
        until(lambda: any(snapshot.spec.target == target for _, snapshot in self.arrivals))
        return next(when for when, snapshot in self.arrivals if snapshot.spec.target == target) - begin

    def close(self) -> None:
        """Close the window; its worker ends."""
        self.window.close()
        self.window.deleteLater()


def application() -> QApplication:
    """The application, dressed as the program dresses it."""
    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    return app


def rest(seconds: float) -> None:
    """Let Qt's loop run for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1e3 * seconds), loop.quit)
    loop.exec()


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let Qt's loop run until `condition` holds. Raises TimeoutError."""
    loop, clock, end = QEventLoop(), QTimer(), perf_counter() + seconds
    clock.timeout.connect(lambda: loop.quit() if condition() or perf_counter() > end else None)
    clock.start(2)
    loop.exec()
    clock.stop()
    if not condition():
        raise TimeoutError(f"nothing came of it in {seconds:g} s")


def _moved(old: Snapshot, new: Snapshot) -> bool:
    return any(a.particles is not b.particles for a, b in zip(old.lanes, new.lanes, strict=False))


def _between(times: Iterable[float]) -> list[float]:
    return [b - a for a, b in pairwise(times)]
