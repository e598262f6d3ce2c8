"""The gallery: what is done in the window for each picture."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import NCSN, Denoising, Implicit, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.core.targets import Moons, Smiley, TwoModes
from ncsn_viz.lab.spec import LaneSpec, Particles, Spec
from ncsn_viz.ui import edits, theme
from ncsn_viz.ui.session import Session
from ncsn_viz.ui.window import Window

SIZE = (1500, 940)


def take(folder: Path) -> None:
    """Take all pictures into `folder`."""
    app = QApplication(["ncsn-viz"])
    theme.apply(app)
    for shoot in (_first, _painting, _two_modes, _four):
        shoot(app, folder)


def _first(app: QApplication, folder: Path) -> None:
    window = _open(Spec())
    _learn(app, window, 3000, level=9)
    _save(window, folder / "window.png")


def _painting(app: QApplication, folder: Path) -> None:
    window = _open(Spec(target=Moons()))
    _learn(app, window, 1500)
    canvas = window.target.canvas
    side = canvas.width()
    points = [QPoint(int(side * (0.15 + 0.035 * step)), int(side * (0.88 - 0.02 * step))) for step in range(21)]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
        _wait(app, 0.03)
    _save(window, folder / "stroke.png", close=False)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
    seen = max(lane.step for lane in window.newest.lanes)
    _learn(app, window, seen + 1500, level=9)
    _save(window, folder / "learned.png")


def _two_modes(app: QApplication, folder: Path) -> None:
    """Song & Ermon 2019, figure 3, with the exact score."""
    annealed = AnnealedLangevin(step_size=0.05, sigma_max=20, sigma_min=1, levels=10, steps_per_level=40)
    lanes = (
        LaneSpec(name="plain", objective=Denoising(), sampler=Langevin(step_size=0.05, steps=400), score_from="true"),
        LaneSpec(name="annealed", objective=NCSN(sigma_max=20), sampler=annealed, score_from="true"),
    )
    window = _open(Spec(target=TwoModes(), lanes=lanes, particles=Particles(count=1500)))
    _until(app, lambda: window.newest is not None and min(lane.progress for lane in window.newest.lanes) >= 1)
    _wait(app, 0.9)
    _save(window, folder / "two_modes.png")


def _four(app: QApplication, folder: Path) -> None:
    plain = Langevin(step_size=0.02, steps=600)
    lanes = (
        LaneSpec(objective=NCSN()),
        LaneSpec(objective=Denoising(), sampler=plain),
        LaneSpec(objective=Sliced(), sampler=plain),
        LaneSpec(objective=Implicit(), net=EnergyMLP(), sampler=plain),
    )
    spec = Spec(target=Smiley(), lanes=lanes, particles=Particles(count=2000))
    window = _open(edits.toggle_layer(spec, "energy"))
    _learn(app, window, 2500, level=9)
    _save(window, folder / "four_lanes.png")


def _open(spec: Spec) -> Window:
    session = Session(replace(spec), "cpu")
    window = Window(session)
    window.newest = None
    session.snapshotReady.connect(lambda snapshot: setattr(window, "newest", snapshot))
    window.resize(*SIZE)
    window.show()
    session.start()
    return window


def _learn(app: QApplication, window: Window, steps: int, level: int = 0) -> None:
    """Wait until every lane has learned for `steps` steps and the first one's particles are at `level`."""
    _until(app, lambda: window.newest is not None and min(lane.step for lane in window.newest.lanes) >= steps)
    _until(app, lambda: window.newest.lanes[0].level >= level and window.newest.lanes[0].progress > 0.97 * (level > 0))


def _until(app: QApplication, condition: object) -> None:
    end = time.monotonic() + 300
    while not condition() and time.monotonic() < end:  # type: ignore[operator]
        _wait(app, 0.05)


def _wait(app: QApplication, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


def _save(window: Window, path: Path, close: bool = True) -> None:
    window.grab().save(str(path))
    if close:
        window.close()
        window.deleteLater()
