"""What waits for the first paint."""

from __future__ import annotations

import os
import subprocess
import sys

from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.shell import startup


class Painted(QWidget):
    def __init__(self, parent=None):
        super().__init__(parent)
        self.done = False

    def paintEvent(self, event):
        self.done = True


def test_it_waits_until_all_is_painted(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    inner = Painted(window)
    told = []
    startup.AfterFirstPaint(window, lambda: told.append(inner.done))
    qtbot.wait(1)
    assert told == []
    window.show()
    qtbot.waitUntil(lambda: bool(told))
    window.update()
    qtbot.wait(1)
    assert told == [True]


def test_a_window_that_nobody_sees_does_not_wait_for_ever(qtbot, monkeypatch):
    monkeypatch.setattr(startup, "TIMEOUT", 1)
    window = QWidget()
    qtbot.addWidget(window)
    told = []
    startup.AfterFirstPaint(window, lambda: told.append(1))
    qtbot.waitUntil(lambda: told == [1])


def test_the_program_paints_before_it_loads_torch_and_pyqtgraph(tmp_path):
    code = """
import sys
from PySide6.QtWidgets import QApplication
from ncsn_viz.ui.shell import app
def told(milestone):
    print(milestone, "torch" in sys.modules, "pyqtgraph" in sys.modules, flush=True)
    if milestone == "learning":
        QApplication.instance().activeWindow().close()
sys.exit(app.run(None, "cpu", told))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["painted False False", "learning True True"]
