"""What a new user sees first, at three sizes of the screen, dark and light."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from stage import Stage

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.shell.layout import FRAME

SCREENS = (QSize(1280, 800), QSize(1600, 1000), QSize(1920, 1080))
STEPS = 500  # of training before the pictures


def take(folder: Path) -> None:
    """Save a picture of each size and scheme in `folder`: 1280_dark.png and so on."""
    stage = Stage(Spec(), SCREENS[0])
    stage.window.panels.show_all(False)
    stage.window.tips.start()
    stage.train(STEPS)
    for screen in SCREENS:
        stage.window.resize(screen - QSize(0, FRAME))
        for scheme in ("dark", "light"):
            stage.window.appearance.choose(scheme)
            stage.release()
            stage.wait_for_progress(0.95)
            path = folder / f"{screen.width()}_{scheme}.png"
            stage.save(path)
            print(path, flush=True)
    stage.close()
